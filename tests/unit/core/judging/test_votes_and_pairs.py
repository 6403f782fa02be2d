"""Several votes, and both orders of a comparison."""

from __future__ import annotations

import pytest

from goldfinch.core.judging.pairwise import Better, Comparison, compare, position_consistency
from goldfinch.core.judging.reading import Choice, Preference, Unreadable, Verdict, Why
from goldfinch.core.judging.votes import Tally, tally

BROKEN = Unreadable(Why.NOT_JSON)


def votes(*levels: int | None) -> list[Verdict | Unreadable]:
    return [BROKEN if level is None else Verdict(level, f"because {level}") for level in levels]


@pytest.mark.parametrize(
    ("levels", "level", "spread"),
    [((3,), 3, 0), ((5, 1, 4), 4, 4), ((2, 2, 5), 2, 3), ((4, 5), 4, 1), ((1, 2, 4, 5), 2, 4), ((5, None, 4), 4, 1)],
)
def test_the_median_counts_and_doubt_lowers_it(levels: tuple[int | None, ...], level: int, spread: int) -> None:
    found = tally(votes(*levels))
    assert isinstance(found, Tally)
    assert (found.level, found.spread, found.reason) == (level, spread, f"because {level}")


@pytest.mark.parametrize("levels", [(None,), (5, None), (5, None, None), (5, 5, None, None)])
def test_half_of_the_votes_or_fewer_are_no_verdict(levels: tuple[int | None, ...]) -> None:
    assert tally(votes(*levels)) == BROKEN


def pair(forwards: str, backwards: str) -> Comparison | Unreadable:
    return compare(Preference(Choice(forwards), "why"), Preference(Choice(backwards), "why"))


@pytest.mark.parametrize(
    ("forwards", "backwards", "better", "consistent"),
    [
        ("A", "B", Better.FIRST, True),
        ("B", "A", Better.SECOND, True),
        ("tie", "tie", Better.TIE, True),
        ("A", "A", Better.TIE, False),  # always the one that is shown first
        ("B", "B", Better.TIE, False),
        ("A", "tie", Better.TIE, False),
    ],
)
def test_orders_that_disagree_are_a_tie(forwards: str, backwards: str, better: Better, consistent: bool) -> None:
    found = pair(forwards, backwards)
    assert isinstance(found, Comparison)
    assert (found.better, found.consistent) == (better, consistent)


def test_one_unreadable_order_is_no_comparison() -> None:
    good = Preference(Choice.A, "why")
    assert compare(good, BROKEN) == compare(BROKEN, good) == BROKEN


def test_counts_how_often_both_orders_agree() -> None:
    found = [one for one in (pair("A", "B"), pair("A", "A"), pair("tie", "tie")) if isinstance(one, Comparison)]
    assert position_consistency(found) == (2, 3)
    assert position_consistency([]) == (0, 0)
