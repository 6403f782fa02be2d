from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.pacing.backoff import Backoff

chances = st.floats(0, 1, exclude_max=True)


@given(attempts=st.integers(1, 10_000), chance=chances)
def test_waits_between_half_of_the_ceiling_and_the_ceiling(attempts: int, chance: float) -> None:
    delay = Backoff(first_s=0.5, factor=2, longest_s=30).delay_s(attempts, None, chance)
    ceiling = min(30.0, 0.5 * 2 ** min(attempts - 1, 10))
    assert delay is not None
    assert ceiling / 2 <= delay <= ceiling


def test_doubles_until_its_longest() -> None:
    delays = [Backoff().delay_s(attempts, None, 0.0) for attempts in range(1, 9)]
    assert delays == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


@given(attempts=st.integers(1, 50), asked=st.floats(0, 120), chance=chances)
def test_what_the_other_side_asks_for_wins_and_is_never_undercut(attempts: int, asked: float, chance: float) -> None:
    delay = Backoff().delay_s(attempts, asked, chance)
    assert delay is not None
    assert asked <= delay <= asked * 1.1


@pytest.mark.parametrize("asked", [120.001, 3600.0, float("inf"), float("nan")])
def test_gives_up_where_it_is_asked_to_wait_too_long(asked: float) -> None:
    assert Backoff(longest_asked_s=120).delay_s(1, asked, 0.5) is None


def test_a_time_in_the_past_is_no_wait() -> None:
    assert Backoff().delay_s(1, -5.0, 0.9) == 0.0
