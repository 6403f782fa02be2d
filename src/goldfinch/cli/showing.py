"""The end of every command that made or changed a run: `junit.xml` written beside it, the result on stdout."""

from __future__ import annotations

from pathlib import Path


def show_run(directory: Path, output: str, page: Path | None = None) -> None:
    """Print the run in `directory` as `output` (a report format), and write its `junit.xml` and, to `page`, its HTML report."""
    import sys

    from goldfinch.bootstrap.reports import dataset_of, load_reporter, open_run, write_report_file
    from goldfinch.bootstrap.secrets import redactor_for
    from goldfinch.cli.app import leave_nothing_to_write
    from goldfinch.core.escaping import for_terminal_line
    from goldfinch.operations.report import RunRecords, build_report

    reader = open_run(directory)
    records = RunRecords(reader)
    report = build_report(reader, records, dataset=dataset_of(reader.manifest()), redact=redactor_for())
    junit = load_reporter("junit")
    write_report_file(junit, report, records.cases, directory / junit.file_name)
    if page is not None:
        write_report_file(load_reporter("html"), report, records.cases, page)
    try:
        load_reporter(output, page).write(report, records.cases, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` read enough; the exit code still tells how the run ended
        leave_nothing_to_write()
    if page is not None:
        print(f"wrote {for_terminal_line(str(page))}", file=sys.stderr)
