"""`goldfinch judge`: calibrate, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.live_calibration import LiveRequest
    from goldfinch.core.calibration.record import CalibrationRecord
    from goldfinch.core.errors import ExitCode

app = typer.Typer(
    name="judge",
    help="Hold a model judge against people's labels.\n\n"
    "Example: goldfinch judge calibrate --labels labels.jsonl --judgements judged.jsonl --to calibration.json",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def calibrate(
    labels: Annotated[Path, typer.Option("--labels", help="People's labels, JSON Lines.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Calibration file to write.", show_default=False)],
    judgements: Annotated[
        Path | None,
        typer.Option("--judgements", help="The judge's recorded judgements, JSON Lines; absent: the judge is asked.", show_default=False),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge",
            "-j",
            help="The model to ask, written as --agent of `goldfinch evaluate` is; with --judgements: whose, where there are several.",
            show_default="the settings file's",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", help="The metric that the labels are about; a judge may block on no other.", show_default=False),
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a report here too, in Markdown.", show_default=False)] = None,
    half: Annotated[
        Literal["all", "tune", "report"],
        typer.Option("--half", help="Labels to use: report, where the judge's prompt was tuned on the tune half."),
    ] = "all",
    pass_mark: Annotated[
        float | None,
        typer.Option("--pass-mark", help="Divide grades into pass and fail here: 0 to 1, as a share of the scale.", show_default=False),
    ] = None,
    judge_family: Annotated[
        str,
        typer.Option("--judge-family", help="How the names of systems of the judge's own family begin, such as gpt-.", show_default=False),
    ] = "",
    rubric: Annotated[
        str | None,
        typer.Option("--rubric", help="What a good answer does, for a metric without a rubric that ships.", show_default=False),
    ] = None,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=25, help="How often the same is asked, to see whether the judge flips.")
    ] = 3,
    repeat_items: Annotated[int, typer.Option("--repeat-items", min=0, help="Of how many items; 30 are needed.")] = 40,
    budget_usd: Annotated[
        float | None,
        typer.Option(
            "--budget", min=0.000001, help="US dollars that the judge may spend.", show_default="the settings' or TEST_BUDGET_USD"
        ),
    ] = None,
    replies: Annotated[
        Path | None,
        typer.Option("--replies", help="Folder that keeps what the judge replied: nothing is paid for twice.", show_default="TO.replies"),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings file with `judge:`.", show_default="goldfinch.yaml here")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the resampling behind some intervals, and of the items that are repeated.")] = 0,
    require_gate: Annotated[bool, typer.Option("--require-gate", help="End with 1 where the judge may not gate.")] = False,
    output: Output = "text",
) -> None:
    """Say how far a judge agrees with people, and whether it may block a release.

    With --judgements nobody is asked. Without, the judge is: every item once, pairs in both orders, some items again. What it replies is
    kept, and an interrupted command goes on where it stopped.

    Exit codes: 0 done (with --require-gate: the judge may gate), 1 it may not and --require-gate was given, 2 wrong input,
    3 too few labels to tell or the judge could not be asked, 4 budget exhausted.

    Example: goldfinch judge calibrate --labels labels.jsonl --judgements judged.jsonl --metric relevance --to relevance.calibration.json

    Example: goldfinch judge calibrate --labels labels.jsonl --judge openai:gpt-4.1 --metric relevance --budget 5 --to relevance.json
    """
    from goldfinch.bootstrap.calibration import calibrate_files, write_calibration, write_calibration_report
    from goldfinch.core.calibration.items import Half
    from goldfinch.operations.calibrate import CalibrationPlan

    plan = CalibrationPlan(metric=metric, half=Half(half), pass_mark=pass_mark, judge_family=judge_family, seed=seed)
    if judgements is not None:
        _refuse({"--rubric": rubric, "--budget": budget_usd, "--replies": replies, "--config": config})
        record = calibrate_files(labels, judgements, plan, judge=judge)
    else:
        from goldfinch.bootstrap.live_calibration import LiveRequest
        from goldfinch.operations.ask_judge import Repeats

        kept = replies or to.with_name(f"{to.name}.replies")
        record = _asked(LiveRequest(labels, plan, kept, judge, config, rubric, Repeats(repeats, repeat_items, seed), budget_usd))
    write_calibration(to, record)
    if report is not None:
        write_calibration_report(report, record)
    _show(record, output)
    raise typer.Exit(_exit_code(record, require_gate=require_gate))


@app.command()
def show(
    calibration: Annotated[Path, typer.Argument(help="A calibration file.", metavar="FILE", show_default=False)],
    output: Annotated[Literal["text", "markdown", "json"], typer.Option("--output", help="What to print on stdout.")] = "text",
) -> None:
    """Show a calibration file again: the verdict, why, and every figure.

    Example: goldfinch judge show relevance.calibration.json --output markdown
    """
    from goldfinch.bootstrap.calibration import read_calibration

    _show(read_calibration(calibration), output)


def _refuse(given: dict[str, object]) -> None:
    """What is for a judge that is asked does not go with judgements that are there."""
    from goldfinch.core.calibration import codes
    from goldfinch.core.errors import UsageError

    if names := [name for name, value in given.items() if value is not None]:
        raise UsageError(f"--judgements asks nobody, so {', '.join(names)} means nothing", hint="leave one out", code=codes.BAD_OPTION)


def _asked(request: LiveRequest) -> CalibrationRecord:
    from goldfinch.bootstrap.live_calibration import calibrate_live
    from goldfinch.cli.progress import progress_beside_output

    with progress_beside_output() as progress:
        return calibrate_live(request, progress)


def _show(record: CalibrationRecord, output: str) -> None:
    from goldfinch.bootstrap.calibration import calibration_json, calibration_markdown, calibration_text

    if output == "json":
        print_json(calibration_json(record))
    else:
        typer.echo(calibration_markdown(record) if output == "markdown" else calibration_text(record), nl=False)


def _exit_code(record: CalibrationRecord, *, require_gate: bool) -> ExitCode:
    from goldfinch.core.errors import ExitCode

    if not record.enough_labels:
        return ExitCode.INCONCLUSIVE
    return ExitCode.GATE_FAILED if require_gate and not record.may_gate else ExitCode.PASSED
