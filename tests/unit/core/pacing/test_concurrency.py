from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.pacing.concurrency import ConcurrencyLimit


def test_starts_at_what_the_user_allows() -> None:
    assert ConcurrencyLimit(16).allowed == 16


def test_one_overload_is_one_cut_however_many_calls_it_refuses() -> None:
    limit = ConcurrencyLimit(16)
    started = limit.generation
    for _ in range(16):
        limit.overloaded(started)
    assert limit.allowed == 8


def test_calls_that_start_after_a_cut_cut_again() -> None:
    limit = ConcurrencyLimit(16)
    for expected in (8, 4, 2, 1, 1):
        limit.overloaded(limit.generation)
        assert limit.allowed == expected


def test_grows_by_about_one_for_as_many_successes_as_are_allowed() -> None:
    limit = ConcurrencyLimit(64)
    limit.overloaded(limit.generation)
    for _ in range(33):
        limit.succeeded()
    assert limit.allowed == 33


def test_never_grows_past_its_ceiling() -> None:
    limit = ConcurrencyLimit(4)
    limit.overloaded(limit.generation)
    for _ in range(1000):
        limit.succeeded()
    assert limit.allowed == 4


@given(ceiling=st.integers(1, 300), outcomes=st.lists(st.sampled_from(["succeeded", "overloaded", "late"]), max_size=200))
def test_always_allows_at_least_one_call_and_at_most_the_ceiling(ceiling: int, outcomes: list[str]) -> None:
    limit = ConcurrencyLimit(ceiling)
    for outcome in outcomes:
        if outcome == "succeeded":
            limit.succeeded()
        else:
            limit.overloaded(limit.generation - (outcome == "late"))
        assert 1 <= limit.allowed <= ceiling
