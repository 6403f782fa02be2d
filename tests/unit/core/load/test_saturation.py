"""The search for the highest rate that holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.load.saturation import RESOLUTION, Search


def searched(holds: Callable[[float], bool], lowest: float = 1.0, highest: float = 1000.0) -> Search:
    search = Search(lowest, highest)
    for _ in range(200):
        rate = search.next_rate
        if rate is None:
            return search
        search = search.after(holds(rate), "")
    raise AssertionError("the search does not end")


@given(st.floats(1.0, 999.0))
def test_it_finds_the_rate_to_within_five_percent_and_confirms_it_twice(limit: float) -> None:
    search = searched(lambda rate: rate <= limit)
    assert search.found is not None
    assert search.found <= limit < search.found * (1 + RESOLUTION) + 1e-9
    assert sum(probe.rate_per_s == search.found and probe.holds for probe in search.probes) >= 3
    assert len(search.probes) < 25


def test_a_target_that_holds_everything_is_found_at_the_highest_rate() -> None:
    search = searched(lambda _: True, highest=100)
    assert search.found == 100
    assert search.at_limit


def test_a_target_that_holds_nothing_is_found_nowhere() -> None:
    search = searched(lambda _: False)
    assert search.found is None
    assert len(search.probes) == 1


def test_a_rate_that_held_once_by_luck_is_not_confirmed() -> None:
    tried: list[float] = []

    def lucky(rate: float) -> bool:
        tried.append(rate)
        return rate <= 40 or (50 < rate < 64.1 and tried.count(rate) == 1)

    search = searched(lucky)
    assert search.found is not None
    assert 38 <= search.found <= 40


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_it_ends_whatever_the_target_does(answers: list[bool]) -> None:
    left = iter(answers)
    search = searched(lambda _: next(left, False))
    assert search.is_over
    with pytest.raises(ValueError, match="over"):
        search.after(True, "")
