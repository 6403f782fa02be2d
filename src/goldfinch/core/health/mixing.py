"""Evidence over several alternatives and several starts: sums of logarithms, mixed only when they are read.

A row holds, per alternative, the logarithm of the likelihood ratio since one start. The evidence is the mean over all planned starts of
the mean over alternatives; a start that has not come counts as 1. Source: STATISTICS A2, counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, fsum, log

Row = tuple[float, ...]
Rows = tuple[Row, ...]
"""One row per planned start, each with one entry per alternative."""

LOG_CAP = 300 * log(10)
"""E is shown up to 1e300; the rows themselves go on."""


def fresh(starts: int, alternatives: int) -> Rows:
    """No evidence yet: E = 1."""
    return ((0.0,) * alternatives,) * starts


def fed(rows: Rows, starts: Sequence[int], step: int, gain: Row) -> Rows:
    """Every row whose start has been reached takes in the gain of one interval."""
    return tuple(
        tuple([before + more for before, more in zip(row, gain, strict=True)]) if start <= step else row
        for row, start in zip(rows, starts, strict=True)
    )


def together(gains: Sequence[Row]) -> Row:
    """The gains of several strata as one; their order changes no bit of it."""
    return gains[0] if len(gains) == 1 else tuple([fsum(column) for column in zip(*gains, strict=True)])


def log_evidence(rows: Rows) -> float:
    """Natural logarithm of E, at most that of 1e300."""
    return min(LOG_CAP, log_mean_exp([log_mean_exp(row) for row in rows]))


def log_mean_exp(values: Sequence[float]) -> float:
    """ln(mean(exp(values))) without overflow."""
    top = max(values)
    return top + log(sum(_powers(values, top)) / len(values))


def _powers(values: Iterable[float], top: float) -> list[float]:
    return [exp(value - top) for value in values]
