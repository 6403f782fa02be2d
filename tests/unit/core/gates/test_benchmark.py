"""From a benchmark to what the performance gate is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.benchmark import OPEN_LOOP, benchmark_evidence
from goldfinch.core.gates.evidence import Measured
from goldfinch.core.load.evidence import BenchSummary
from goldfinch.core.load.saturation import Probe, Saturation
from tests.benchmark_results import EMPTY, result

CLOSED = BenchSummary.of(result())
OPEN = replace(CLOSED, scenarios=(replace(CLOSED.scenarios[0], loop="open"),))
FOUND = Saturation("search", "t", 2000.0, 40.0, False, (Probe(40.0, True, ""), Probe(80.0, False, ""), Probe(42.0, False, "")), 200)


def test_a_closed_loop_measures_latency_and_throughput_with_their_intervals() -> None:
    summary = CLOSED.scenarios[0]
    (scenario,) = benchmark_evidence(CLOSED).scenarios
    assert scenario.p95_latency_ms == Measured(summary.p95_latency_ms, 400, summary.p95_low_ms, summary.p95_high_ms)
    assert scenario.requests_per_second == Measured(summary.requests_per_second, None, summary.rps_low, summary.rps_high)
    assert scenario.why_no_throughput == ""


def test_an_open_loop_measures_latency_only() -> None:
    (scenario,) = benchmark_evidence(OPEN).scenarios
    assert scenario.p95_latency_ms.count == 400
    assert (scenario.requests_per_second, scenario.why_no_throughput) == (Measured(None), OPEN_LOOP)


def test_a_saturation_search_bounds_the_throughput_of_its_scenario() -> None:
    (scenario,) = benchmark_evidence(OPEN, [FOUND]).scenarios
    assert (scenario.requests_per_second, scenario.why_no_throughput) == (Measured(40.0, high=42.0), "")
    (closed,) = benchmark_evidence(CLOSED, [FOUND]).scenarios
    assert closed.requests_per_second.value == CLOSED.scenarios[0].requests_per_second, "what was measured stays"


@pytest.mark.parametrize(
    ("search", "why"),
    [
        (replace(FOUND, rate_per_s=None), "no rate of the saturation search held its objective"),
        (replace(FOUND, rate_per_s=None, problems=("overloaded",)), "the saturation search is invalid: overloaded"),
        (replace(FOUND, problems=("overloaded",)), "the saturation search is invalid: overloaded"),
    ],
)
def test_a_search_that_found_nothing_is_no_throughput(search: Saturation, why: str) -> None:
    (scenario,) = benchmark_evidence(OPEN, [search]).scenarios
    assert (scenario.requests_per_second, scenario.why_no_throughput) == (Measured(None), why)


def test_what_makes_a_benchmark_invalid_is_told() -> None:
    assert benchmark_evidence(BenchSummary.of(EMPTY)).invalid == "no scenario was measured"
