"""What counts as a score, and what as reaching a mark: shared by grading and by compositions."""

from __future__ import annotations

from math import isfinite

from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.scoring.score import Score

_ROUNDING = 1e-9
"""A mean of parts may miss a mark by the rounding of binary fractions alone."""


def valid_value(score: Score) -> float:
    """The value of `score` as a float. Raises `TypeError` for what is no `Score` and `ValueError` outside 0..1 or for NaN."""
    if not isinstance(score, Score):
        raise TypeError(f"a scorer returns a Score or None, not {type(score).__name__}")
    value = float(score.value)
    if not (isfinite(value) and -_ROUNDING <= value <= 1 + _ROUNDING):
        raise ValueError(f"a score is a number from 0 to 1, not {value}")
    return min(max(value, 0.0), 1.0)


def reaches(value: float, mark: float) -> bool:
    """Whether `value` is at or above `mark`."""
    return value >= mark - _ROUNDING


def describe(error: BaseException) -> str:
    """`error` as one line: its type and message."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an exception of foreign code may fail to describe itself
        message = "its message cannot be read"
    return one_line(f"{type(error).__name__}: {message}" if message else type(error).__name__)
