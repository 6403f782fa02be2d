"""Whether a judge may decide: the one question that a run asks of calibration files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from goldfinch.core.errors import ConfigurationError
from goldfinch.core.judging.codes import BROKEN_CALIBRATION

MayGate = Callable[[str, str], bool]
"""Whether this judge (`judge_version`) may decide on this metric (`accuracy`)."""


class _Calibration(msgspec.Struct):
    """What gating needs of a calibration file."""

    kind: str
    judge_version: str
    metric: str
    may_gate: bool


def gating(files: Sequence[str], folder: Path) -> MayGate:
    """Lets a judge decide where one of `files` (from `folder`) was made of exactly this judge and metric, and allows it.

    Without a file no judge decides anything. Raises `ConfigurationError` for a file that is no calibration.
    """
    allowed = {(one.judge_version, one.metric) for one in (_read(folder / file) for file in files) if one.may_gate}
    return lambda judge_version, metric: (judge_version, metric) in allowed


def _read(path: Path) -> _Calibration:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Calibration)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise _broken(path, f"no calibration can be read: {said}") from error
    if found.kind != "judge_calibration":
        raise _broken(path, f"is a {found.kind!r}, not a calibration of a judge")
    return found


def _broken(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(what, where=str(path), hint="correct judge.calibration, or leave it out", code=BROKEN_CALIBRATION)
