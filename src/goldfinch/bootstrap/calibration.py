"""Judge calibration, wired: files of labels and judgements in, calibration files and reports out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from goldfinch import __version__
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.calibration.record import CalibrationRecord
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.report import Report
from goldfinch.operations.calibrate import CalibrationPlan, calibrate_recorded


def calibrate_files(labels: Path, judgements: Path, plan: CalibrationPlan, *, judge: str | None) -> CalibrationRecord:
    """Calibrate one judge on recorded judgements. Raises `LabelsError`, `UsageError`."""
    from goldfinch.adapters.files.labels import read_judgements, read_labels
    from goldfinch.adapters.system import SystemClock

    items = read_labels(labels)
    recorded = read_judgements(judgements, items)
    found = calibrate_recorded(items, recorded, plan, judge=judge, created_at=SystemClock().utc_iso(), goldfinch_version=__version__)
    return without_secrets(found, redactor_for())


def without_secrets(record: CalibrationRecord, redact: Redactor) -> CalibrationRecord:
    """`record` as it may be written and shown: a judge is named as it was called, which may hold a key."""
    return replace(record, judge=redact(record.judge), judge_version=redact(record.judge_version))


def read_calibration(path: Path) -> CalibrationRecord:
    """The calibration in a file. Raises `ConfigurationError`."""
    from goldfinch.adapters.files.calibration import read_calibration as read

    return read(path)


def with_corrections(report: Report, calibrations: Sequence[Path]) -> Report:
    """The report with the means that these calibrations correct. Raises `ConfigurationError`: unreadable, or not of this run's judge."""
    from goldfinch.core.calibration.in_report import corrected_metric

    corrected = tuple(corrected_metric(report.summary, read_calibration(path), str(path)) for path in calibrations)
    return replace(report, corrected=corrected)


def write_calibration(path: Path, record: CalibrationRecord) -> None:
    """Write or replace a calibration file. Raises `InfrastructureError`."""
    from goldfinch.adapters.files.calibration import write_calibration as write

    write(path, record)


def write_calibration_report(path: Path, record: CalibrationRecord) -> None:
    """Write or replace the Markdown report of a calibration. Raises `InfrastructureError`."""
    from goldfinch.adapters.files.calibration import write_report

    write_report(path, calibration_markdown(record))


def calibration_text(record: CalibrationRecord) -> str:
    """A calibration for a terminal."""
    from goldfinch.adapters.reports.calibration import calibration_text as render

    return render(record)


def calibration_markdown(record: CalibrationRecord) -> str:
    """A calibration as Markdown."""
    from goldfinch.adapters.reports.calibration import calibration_markdown as render

    return render(record)


def calibration_json(record: CalibrationRecord) -> object:
    """A calibration as plain values, as in its file."""
    import msgspec

    return msgspec.to_builtins(record)
