"""Two answers compared in both orders: a judge that prefers a position has no preference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.judging.reading import Choice, Preference, Unreadable


class Better(StrEnum):
    """The better one of two answers, by their own names and not by where they were shown."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"


_SHOWN_FIRST = {Choice.A: Better.FIRST, Choice.B: Better.SECOND, Choice.TIE: Better.TIE}
_SHOWN_SECOND = {Choice.A: Better.SECOND, Choice.B: Better.FIRST, Choice.TIE: Better.TIE}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: what each order said of the answers, and what both come to.

    `better` is a tie wherever the orders disagree. `consistent` says whether they agreed; a judge that always takes the answer shown
    first is consistent in none (STATISTICS D: Falcon, 0.14).
    """

    better: Better
    forwards: Better
    backwards: Better
    reason: str

    @property
    def consistent(self) -> bool:
        return self.forwards is self.backwards


def compare(forwards: Preference | Unreadable, backwards: Preference | Unreadable) -> Comparison | Unreadable:
    """Join the reply to "first is A, second is B" with the reply to the reverse; unreadable where either is."""
    if isinstance(forwards, Unreadable):
        return forwards
    if isinstance(backwards, Unreadable):
        return backwards
    one, other = _SHOWN_FIRST[forwards.choice], _SHOWN_SECOND[backwards.choice]
    return Comparison(one if one is other else Better.TIE, one, other, forwards.reason)


def position_consistency(comparisons: Iterable[Comparison]) -> tuple[int, int]:
    """How many comparisons came out the same in both orders, and of how many."""
    outcomes = [comparison.consistent for comparison in comparisons]
    return sum(outcomes), len(outcomes)
