"""`goldfinch compare`: what changed between two runs, and whether it is worse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from goldfinch.core.comparison.outcome import Comparison
    from goldfinch.core.errors import ExitCode

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run to compare with and run under test, or folders that hold exactly one. One alone is the run under test, "
            "compared with the baseline of its branch.",
            metavar="[BASELINE] CURRENT",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the regression report (JSON) into this file.", show_default=False)
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Margin, as a part of the baseline's mean: a drop by less is no regression.")
    ] = 0.05,
    absolute_threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--absolute-threshold", help="METRIC=MARGIN in the metric's unit, for metrics near 0; may be repeated.", show_default=False
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Plain rule: worse by the margin is a regression, without evidence for it.")
    ] = False,
    fail_on_regression: Annotated[bool, typer.Option("--fail-on-regression", help="End with 1 where something regressed.")] = False,
    on_inconclusive: Annotated[
        Literal["warn", "fail"],
        typer.Option("--on-inconclusive", help="With --fail-on-regression: fail ends with 3 where a drop may be chance."),
    ] = "warn",
    looks: Annotated[
        int, typer.Option("--looks", min=1, help="How often this change is judged as trials come in; each look decides at 0.05 / LOOKS.")
    ] = 1,
    run_id: Annotated[str | None, typer.Option("--run-id", help="Which run of CURRENT.", show_default=False)] = None,
    sha: Annotated[str | None, typer.Option("--sha", help="Head commit of the run of CURRENT.", show_default=False)] = None,
    baseline_run_id: Annotated[str | None, typer.Option("--baseline-run-id", help="Which run of BASELINE.", show_default=False)] = None,
    baseline_sha: Annotated[
        str | None, typer.Option("--baseline-sha", help="Head commit of the run of BASELINE.", show_default=False)
    ] = None,
    output_format: Annotated[
        Literal["text", "markdown", "json"], typer.Option("--output-format", "--format", "-f", help="What to print on stdout.")
    ] = "text",
    report: Annotated[
        Path | None, typer.Option("--report", help="Write an HTML page with was/is of answers and trajectories.", show_default=False)
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("--branch", "-b", help="Whose baseline, where none is named.", show_default="base of the pull request, else this one"),
    ] = None,
    baselines: Annotated[Path, typer.Option("--baselines", help="Folder of all baselines.")] = Path("evaluation/baselines"),
    quarantine: Annotated[
        Path, typer.Option("--quarantine", help="File of flaky cases that fail nothing alone; on a change the base branch's counts.")
    ] = Path("evaluation/quarantine.yaml"),
    base: Annotated[
        str | None,
        typer.Option("--base", help="Branch or commit whose quarantine counts.", show_default="of GitHub's pull request"),
    ] = None,
    further_trials: Annotated[
        bool, typer.Option("--further-trials", help="Where a drop may be chance, ask both versions again: 3 trials a case, then 5.")
    ] = False,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0.000001, help="US dollars that further trials may cost.", show_default=False)
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Settings: current agent, scorers, dataset.", show_default="goldfinch.yaml, if there"),
    ] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="Current agent, for further trials.", show_default="the settings'")] = None,
    agent_version: Annotated[str | None, typer.Option("--agent-version", help="As it was given to evaluate.", show_default=False)] = None,
    baseline_config: Annotated[
        Path | None, typer.Option("--baseline-config", help="Settings with the baseline's agent, for further trials.", show_default=False)
    ] = None,
    baseline_ref: Annotated[
        str | None, typer.Option("--baseline-ref", help="Git commit with the baseline's agent; checked out beside.", show_default=False)
    ] = None,
    baseline_agent: Annotated[str | None, typer.Option("--baseline-agent", help="The baseline's agent.", show_default=False)] = None,
    baseline_agent_version: Annotated[
        str | None, typer.Option("--baseline-agent-version", help="As it was given to evaluate.", show_default=False)
    ] = None,
    scorer: Annotated[
        list[str] | None, typer.Option("--scorer", "-s", help="Metric of further trials; may be repeated.", show_default="the settings'")
    ] = None,
    judge: Annotated[str | None, typer.Option("--judge", "-j", help="Judge of further trials.", show_default="the settings'")] = None,
) -> None:
    """Compare two runs case by case: improved, no change, regressed or inconclusive, for each metric and tag.

    Exit codes: 0; 1 regressed, with --fail-on-regression; 2 no run, several, or damaged ones; 3 the two cannot be compared (too much is
    missing, other judges or scorers), or a drop may be chance and --on-inconclusive says fail; 4 the budget of further trials is spent.

    Example: goldfinch compare results/main results/pr-17 --output regression-report.json --fail-on-regression

    Example: goldfinch compare results/pr-17 --further-trials --budget 2.00 --baseline-ref origin/main --report comparison.html
    """
    from goldfinch.bootstrap.comparing import RunAt, find_both, margins_of, with_quarantine
    from goldfinch.bootstrap.secrets import redactor_for
    from goldfinch.cli.comparing import compared, named_runs
    from goldfinch.core.comparison.options import CompareOptions
    from goldfinch.core.escaping import for_terminal_line

    options = CompareOptions(margin=threshold, absolute_margins=margins_of(absolute_threshold or ()), looks=looks, strict=strict)
    options, quarantine_notes = with_quarantine(options, quarantine, base)
    baseline, current = named_runs(runs, branch, baselines)
    both = find_both(None if baseline is None else RunAt(baseline, baseline_run_id, baseline_sha), RunAt(current, run_id, sha))
    further = None
    if further_trials:
        from goldfinch.bootstrap.further_trials import FurtherTrials

        further = FurtherTrials(
            budget_usd=budget,
            config=config,
            agent=agent,
            agent_version=agent_version,
            baseline_config=baseline_config,
            baseline_ref=baseline_ref,
            baseline_agent=baseline_agent,
            baseline_agent_version=baseline_agent_version,
            scorers=tuple(scorer or ()),
            judge=judge,
        )
    decided = compared(both, options, further, report, quarantine_notes)
    found = decided.comparison
    if output is not None:
        from goldfinch.adapters.files.comparison_file import write_comparison

        write_comparison(output, found, redactor_for())
    _print(found, output_format)
    if output is not None:
        typer.echo(f"wrote {for_terminal_line(str(output))}", err=True)
    if decided.error is not None:
        from goldfinch.cli.app import report_error

        raise typer.Exit(report_error(decided.error))
    raise typer.Exit(_exit_code(found, fail_on_regression=fail_on_regression, on_inconclusive=on_inconclusive))


def _print(found: Comparison, output_format: str) -> None:
    import sys
    from io import TextIOWrapper

    if output_format == "json":
        from goldfinch.adapters.files.comparison_file import comparison_json
        from goldfinch.bootstrap.secrets import redactor_for

        sys.stdout.write(comparison_json(found, redactor_for()))
        return
    from goldfinch.adapters.reports.comparison import write_markdown, write_text

    if output_format == "markdown" and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    (write_markdown if output_format == "markdown" else write_text)(found, sys.stdout)


def _exit_code(found: Comparison, *, fail_on_regression: bool, on_inconclusive: str) -> ExitCode:
    from goldfinch.core.errors import ExitCode
    from goldfinch.core.verdict import Verdict

    if found.invalid:
        return ExitCode.INCONCLUSIVE
    if fail_on_regression and found.verdict is Verdict.FAIL:
        return ExitCode.GATE_FAILED
    if fail_on_regression and found.verdict is Verdict.INCONCLUSIVE:
        if on_inconclusive == "fail":
            return ExitCode.INCONCLUSIVE
        typer.echo("warning: a metric that gates is worse by the margin, but it may be chance; nothing was failed for it", err=True)
    return ExitCode.PASSED
