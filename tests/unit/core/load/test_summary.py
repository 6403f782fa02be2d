"""From samples to the result of a scenario, and when it is invalid."""

from __future__ import annotations

import pytest

from goldfinch.core.load.result import Calibration
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from goldfinch.core.load.summary import summarise

CALIBRATION = Calibration(3000, 10_000.0, 0.3, 0.9, 0.1)
OPEN = Scenario("open", OpenLoop(100))
CLOSED = Scenario("closed", ClosedLoop(4))


def samples(*latencies: float, outcomes: list[str] | None = None, late: float = 0.0, lag: float = 0.01, every: float = 10.0) -> Samples:
    due = [number * every for number in range(len(latencies))]
    count = len(latencies)
    return Samples(
        intended_ms=due,
        sent_ms=[moment + late for moment in due],
        done_ms=[moment + took for moment, took in zip(due, latencies, strict=True)],
        outcomes=outcomes or ["ok"] * count,
        first_token_ms=[None] * count,
        provider_ms=[None] * count,
        cost_usd=[None] * count,
        lag_ms=[lag] * 200,
    )


def test_iterations_are_pooled() -> None:
    found = summarise(OPEN, "target", [samples(*[20.0] * 100), samples(*[40.0] * 100)], CALIBRATION)
    assert found.requests == 200
    assert found.latency is not None
    assert found.latency.p50.value == 20.0
    assert found.latency.p95.value == 40.0
    assert [one.p95_ms for one in found.iterations] == [20.0, 40.0]
    assert found.is_valid


def test_latency_counts_from_when_a_request_was_due_and_not_from_when_it_was_sent() -> None:
    found = summarise(OPEN, "target", [samples(*[200.0] * 50, late=150.0)], CALIBRATION)
    assert found.latency is not None
    assert found.service is not None
    assert found.latency.p95.value == 200.0
    assert found.service.p95.value == 50.0


def test_timeouts_stay_in_the_percentiles_and_quick_refusals_stay_out() -> None:
    outcomes = ["ok"] * 8 + ["timeout", "http_503"]
    found = summarise(CLOSED, "target", [samples(*[10.0] * 8, 30_000.0, 0.5, outcomes=outcomes)], CALIBRATION)
    assert found.latency is not None
    assert found.latency.count == 9
    assert found.latency.max == 30_000.0
    assert found.errors == {"timeout": 1, "http_503": 1}
    assert found.answered == 8


def test_a_late_load_generator_makes_the_result_invalid() -> None:
    found = summarise(CLOSED, "target", [samples(*[20.0] * 200, lag=2.1)], CALIBRATION)
    (problem,) = found.problems
    assert problem.startswith("the load generator was late by 2.10 ms at p99, more than 10% of the measured p99 (20.00 ms)")
    assert summarise(CLOSED, "target", [samples(*[20.0] * 200, lag=1.9)], CALIBRATION).is_valid


def test_late_sending_makes_an_open_loop_invalid_though_its_event_loop_was_idle() -> None:
    assert not summarise(OPEN, "target", [samples(*[20.0] * 200, late=3.0)], CALIBRATION).is_valid
    assert summarise(CLOSED, "target", [samples(*[20.0] * 200, late=3.0)], CALIBRATION).is_valid


def test_a_rate_beyond_what_the_generator_can_do_is_invalid() -> None:
    found = summarise(Scenario("fast", OpenLoop(8500)), "target", [samples(*[20.0] * 200)], CALIBRATION)
    assert "8500 requests/s is more than 80% of the 10,000" in found.problems[0]


def test_a_closed_loop_that_reaches_the_limit_of_the_generator_is_invalid() -> None:
    found = summarise(CLOSED, "target", [samples(*[1.0] * 2000, every=0.1, lag=0.001)], CALIBRATION)
    assert "it was the limit, not the target" in found.problems[0]


def test_a_lag_that_was_not_measured_is_no_small_lag() -> None:
    one = samples(*[20.0] * 200)
    one.lag_ms = []
    assert summarise(CLOSED, "target", [one], CALIBRATION).problems == ("the lag of the load generator was not measured",)


def test_nothing_answered_is_invalid_and_says_nothing_of_latency() -> None:
    found = summarise(CLOSED, "target", [samples(1.0, 1.0, outcomes=["connection_refused"] * 2)], CALIBRATION)
    assert found.problems == ("no request was answered",)
    assert found.latency is None
    assert summarise(CLOSED, "target", [], CALIBRATION).problems == ("no request was answered",)


def test_an_unknown_cost_stays_unknown() -> None:
    one = samples(*[20.0] * 4)
    assert summarise(CLOSED, "target", [one], CALIBRATION).cost.mean_usd is None
    one.cost_usd = [0.01, None, 0.03, None]
    found = summarise(CLOSED, "target", [one], CALIBRATION)
    assert found.cost.mean_usd == pytest.approx(0.02)
    assert (found.cost.known, found.cost.unknown) == (2, 2)
    assert "the cost of 2 of 4 requests is unknown" in found.notes


def test_the_providers_time_stands_apart_from_our_own() -> None:
    one = samples(*[100.0] * 10)
    one.provider_ms = [80.0] * 9 + [None]
    found = summarise(CLOSED, "target", [one], CALIBRATION)
    assert found.provider is not None
    assert found.overhead is not None
    assert (found.provider.count, found.provider.p50.value) == (9, 80.0)
    assert found.overhead.p50.value == 20.0


@pytest.mark.parametrize(("count", "notes"), [(199, 2), (200, 1), (1000, 0)])
def test_percentiles_of_too_few_requests_are_marked(count: int, notes: int) -> None:
    assert len(summarise(CLOSED, "target", [samples(*[20.0] * count)], CALIBRATION).notes) == notes
