"""`goldfinch report`: show a run again, whole or not, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
        typer.Option("--format", "-f", "--output", help="text, markdown, json or junit; text where nothing is said.", show_default=False),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write this file instead of stdout.", show_default=False)] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output-dir",
            "-o",
            help="Write into this folder: summary.md, report.json and junit.xml, or the one of --format.",
            show_default=False,
        ),
    ] = None,
    calibration: Annotated[
        list[Path] | None,
        typer.Option("--calibration", help="Correct a judged mean by the labels behind this calibration; may be repeated."),
    ] = None,
) -> None:
    """Show a run: failures first, then every mean with its count and interval.

    Exit codes: 0 for a complete run, 3 for an incomplete one, 2 where there is no run.

    Example: goldfinch report results/ci-17 --format markdown --output-dir reports/ci-17
    """
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
        target = output_dir / reporter.file_name if output_dir is not None else to
        if target is None:
            _print(name, reporter, result, records.cases)
        else:
            write_report_file(reporter, result, records.cases, target)
            typer.echo(f"wrote {for_terminal_line(str(target))}", err=True)
    raise typer.Exit(ExitCode.INCONCLUSIVE if result.is_incomplete else ExitCode.PASSED)


def _print(name: str, reporter: Reporter, result: Report, every_case: EveryCase) -> None:
    """To stdout. Only the format for people adapts to the terminal's encoding; the others are UTF-8 everywhere."""
    import sys
    from io import TextIOWrapper

    if name != "text" and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    reporter.write(result, every_case, sys.stdout)
