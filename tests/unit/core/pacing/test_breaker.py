from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.pacing.breaker import BreakerState, CircuitBreaker


def calls_until_open(breaker: CircuitBreaker, concurrency: int) -> int:
    """How many calls a dead endpoint gets from workers that call whenever they may."""
    calls = 0
    in_flight: list[int] = []
    while breaker.state is not BreakerState.OPEN:
        while len(in_flight) < concurrency and breaker.permits(len(in_flight)):
            in_flight.append(breaker.trips)
            calls += 1
        breaker.failed("connection refused", in_flight.pop(0))
    return calls


def test_one_call_goes_first() -> None:
    breaker = CircuitBreaker()
    assert breaker.permits(0)
    assert not breaker.permits(1)
    breaker.answered()
    assert breaker.permits(1000)


def test_the_others_may_start_while_the_first_call_is_still_on_its_way() -> None:
    breaker = CircuitBreaker()
    breaker.waited_long_enough()
    assert breaker.permits(1)


def test_waiting_long_does_not_reopen_what_has_failed() -> None:
    breaker = CircuitBreaker()
    breaker.failed("connection refused", 0)
    breaker.waited_long_enough()
    assert breaker.state is BreakerState.PROBING


def test_an_endpoint_that_was_dead_from_the_start_gets_four_calls() -> None:
    assert calls_until_open(CircuitBreaker(), concurrency=64) == 4


@given(concurrency=st.integers(1, 300))
def test_an_endpoint_that_dies_in_mid_run_gets_a_bounded_number_of_calls(concurrency: int) -> None:
    breaker = CircuitBreaker()
    breaker.answered()
    assert calls_until_open(breaker, concurrency) <= concurrency + breaker.trip_after + breaker.give_up_after


def test_an_outage_of_all_calls_in_flight_is_followed_by_probes() -> None:
    breaker = CircuitBreaker()
    breaker.answered()
    for _ in range(64):
        breaker.failed("reset by peer", 0)
    assert breaker.permits(0)
    assert not breaker.permits(1)
    breaker.answered()
    assert breaker.permits(63)


def test_only_failures_in_a_row_trip_it() -> None:
    breaker = CircuitBreaker()
    for _ in range(50):
        breaker.answered()
        for _ in range(breaker.trip_after - 1):
            breaker.failed("reset by peer", breaker.trips)
    assert breaker.state is BreakerState.CLOSED


def test_gives_up_after_failed_probes_in_a_row_and_says_why() -> None:
    breaker = CircuitBreaker()
    for number in range(4):
        assert breaker.state is not BreakerState.OPEN
        breaker.failed(f"refused {number}", breaker.trips)
    assert not breaker.permits(0)
    assert breaker.last_failure == "refused 3"


def test_stays_open_whatever_comes_in_late() -> None:
    breaker = CircuitBreaker(give_up_after=1)
    breaker.failed("refused", 0)
    breaker.answered()
    breaker.waited_long_enough()
    assert breaker.state is BreakerState.OPEN
