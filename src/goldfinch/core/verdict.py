"""The three answers to "is it good enough?", and the fourth that says that nobody asked."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # nosec B105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """The evidence does not tell. Never a pass."""
    NEUTRAL = "neutral"
    """There was nothing to decide: answers replayed from recordings, or no baseline yet."""


_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NEUTRAL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of the whole: one failure fails it, one open question leaves it open; of nothing, it is inconclusive."""
    found = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.INCONCLUSIVE)
