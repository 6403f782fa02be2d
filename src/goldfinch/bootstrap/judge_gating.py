"""Whether a judge may decide: the one question that a run asks of calibration files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from goldfinch.adapters.files.calibration import read_calibration
from goldfinch.core.calibration.record import CalibrationRecord, authority
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.judging.codes import BROKEN_CALIBRATION

CalibratedMark = Callable[[str, str], float | None]
"""The mark at which this judge (`judge_version`) may decide on this metric (`accuracy`); None: it advises."""


def gating(files: Sequence[str], folder: Path) -> CalibratedMark:
    """Lets a judge decide where one of `files` (from `folder`) was made of exactly this judge and metric, and allows it.

    Without a file no judge decides anything. Raises `ConfigurationError` for a file that is no calibration, or was changed by hand.
    """
    calibrations = [_read(folder / file) for file in files]

    def mark(judge_version: str, metric: str) -> float | None:
        found = (authority(one, metric, judge_version) for one in calibrations)
        return next((one.pass_mark for one in found if one.may_block), None)

    return mark


def _read(path: Path) -> CalibrationRecord:
    try:
        return read_calibration(path)
    except ConfigurationError as error:
        hint = "correct judge.calibration, or leave it out"
        raise ConfigurationError(error.problem.what, where=str(path), hint=hint, code=BROKEN_CALIBRATION) from error
