"""What the performance gate is given."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.load.evidence import BenchSummary
from tests.benchmark_results import EMPTY, result


def test_it_holds_the_worst_percentile_and_the_lowest_rate_with_their_counts() -> None:
    slow = replace(result(slower=3.0).scenarios[0], name="slow")
    summary = BenchSummary.of(replace(result(), scenarios=(*result().scenarios, slow)))
    assert [one.latency_count for one in summary.scenarios] == [400, 400]
    assert slow.latency is not None
    assert summary.p95_latency_ms == slow.latency.p95.value
    assert summary.requests_per_second == slow.throughput.value
    assert summary.is_valid


def test_one_unknown_percentile_makes_the_whole_unknown() -> None:
    silent = replace(result().scenarios[0], name="silent", latency=None, answered=0, problems=("no request was answered",))
    summary = BenchSummary.of(replace(result(), scenarios=(*result().scenarios, silent)))
    assert summary.p95_latency_ms is None
    assert summary.requests_per_second is None
    assert summary.problems == ("silent: no request was answered",)


def test_a_benchmark_without_scenarios_is_no_evidence() -> None:
    summary = BenchSummary.of(EMPTY)
    assert summary.problems == ("no scenario was measured",)
    assert summary.p95_latency_ms is None
