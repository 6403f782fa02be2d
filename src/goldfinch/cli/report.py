"""`goldfinch report`: show a run again, whole or not, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from goldfinch.core.results.report import Report
    from goldfinch.ports.reporter import EveryCase, Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def report(
    run_dir: Annotated[Path, typer.Argument(help="The --output-dir of an earlier `goldfinch evaluate`.", metavar="RUN_DIR")],
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            "--output",
            help="text, markdown, json, junit or html; with --gates comment, step-summary or annotations; text where nothing is said.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write this file; - is stdout.", show_default="stdout; for html report.html in RUN_DIR")
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output-dir",
            "-o",
            help="Write into this folder: summary.md, report.json, junit.xml and report.html, or the one of --format.",
            show_default=False,
        ),
    ] = None,
    calibration: Annotated[
        list[Path] | None,
        typer.Option("--calibration", help="Correct a judged mean by the labels behind this calibration; may be repeated."),
    ] = None,
    gates: Annotated[
        Path | None, typer.Option("--gates", help="Verdict file of `goldfinch check`, for a review of the change.", show_default=False)
    ] = None,
    comparison: Annotated[
        Path | None,
        typer.Option(
            "--comparison", help="Regression report of `goldfinch compare`, for what changed since the baseline.", show_default=False
        ),
    ] = None,
    existing: Annotated[
        Path | None,
        typer.Option("--existing", help="The comment that is there already: one of a newer run is never replaced.", show_default=False),
    ] = None,
    changed: Annotated[
        Path | None,
        typer.Option(
            "--changed",
            help="List of changed files, one a line, - for stdin: no comment where none fits comment.relevant_paths.",
            show_default=False,
        ),
    ] = None,
    heading: Annotated[
        str | None,
        typer.Option("--heading", help="Heading above the verdict; comment.heading of the settings else.", show_default=False),
    ] = None,
    comment: Annotated[
        Literal["sticky", "new", "on-failure", "off"] | None,
        typer.Option("--comment", help="When there is a comment; comment.mode of the settings else.", show_default=False),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Settings file, for a review.", show_default="goldfinch.yaml")] = None,
) -> None:
    """Show a run: failures first, then every mean with its count and interval.

    With --gates it shows the review of a change: the comment for its pull request, the step summary, or annotations. They decide
    nothing: the exit code is that of the run's completeness.

    Exit codes: 0 for a complete run, 3 for an incomplete one, 2 where there is no run.

    Example: goldfinch report results/ci-17 --format html

    Example: goldfinch report results/ci-17 --format comment --gates verdict.json --comparison regression-report.json --to comment.md
    """
    from goldfinch.cli.review import REVIEW_FORMATS, ReviewOptions, review

    options = ReviewOptions(gates, comparison, existing, changed, heading, comment, config)
    if format_name in REVIEW_FORMATS:
        review(run_dir, format_name, to, output_dir, options)
    options.refuse_for(format_name or "text")
    _report(run_dir, format_name, to, output_dir, calibration)


def _report(run_dir: Path, format_name: str | None, to: Path | None, output_dir: Path | None, calibration: list[Path] | None) -> None:
    from goldfinch.bootstrap.reports import FILE_FORMATS, dataset_of, load_reporter, open_run, write_report_file
    from goldfinch.bootstrap.secrets import redactor_for
    from goldfinch.core.errors import ExitCode, UsageError
    from goldfinch.core.escaping import for_terminal_line
    from goldfinch.core.results import codes
    from goldfinch.operations.report import RunRecords, build_report

    if to is not None and output_dir is not None:
        raise UsageError("--to and --output-dir were both given", hint="give one of them", code=codes.CONFLICTING_TARGETS)
    wanted = [format_name] if format_name else list(FILE_FORMATS) if output_dir is not None else ["text"]
    reporters = {name: load_reporter(name) for name in wanted}
    reader = open_run(run_dir)
    manifest = reader.manifest()
    records = RunRecords(reader)
    result = build_report(reader, records, dataset=dataset_of(manifest), redact=redactor_for())
    if calibration:
        from goldfinch.bootstrap.calibration import with_corrections

        result = with_corrections(result, calibration)
    for name, reporter in reporters.items():
        target = _target(name, reporter, run_dir, to, output_dir)
        if target is None:
            _print(name, reporter, result, records.cases)
        else:
            write_report_file(reporter, result, records.cases, target)
            typer.echo(f"wrote {for_terminal_line(str(target))}", err=True)
    raise typer.Exit(ExitCode.INCONCLUSIVE if result.is_incomplete else ExitCode.PASSED)


def _target(name: str, reporter: Reporter, run_dir: Path, to: Path | None, output_dir: Path | None) -> Path | None:
    """The file to write, None for stdout. A page is for a browser: it goes beside its run where nothing is said."""
    if output_dir is not None:
        return output_dir / reporter.file_name
    if to is not None:
        return None if str(to) == "-" else to
    return run_dir / reporter.file_name if name == "html" else None


def _print(name: str, reporter: Reporter, result: Report, every_case: EveryCase) -> None:
    """To stdout. Only the format for people adapts to the terminal's encoding; the others are UTF-8 everywhere."""
    import sys
    from io import TextIOWrapper

    if name != "text" and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    reporter.write(result, every_case, sys.stdout)
