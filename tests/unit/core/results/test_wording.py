from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from goldfinch.core.results import wording
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.summary import CostSummary, Estimate, LatencySummary, MetricSummary, TokenSummary
from goldfinch.core.statistics.intervals import wilson_interval
from goldfinch.testing.run_journal import sample_manifest


def test_a_rate_carries_its_interval() -> None:
    interval = wilson_interval(52, 60)
    assert wording.percent(Estimate(52 / 60, 60, interval.low, interval.high)) == "86.7 %, 95 % CI 75.8–93.1"
    assert wording.percent(Estimate(1.0, 1, None, None)) == "100.0 %, no interval from 1"


@pytest.mark.parametrize("value", [None, nan, inf, -inf])
def test_what_is_no_figure_is_a_dash(value: float | None) -> None:
    nothing = Estimate(value, 3, value, value)
    latency = LatencySummary(3, value, value, value, value, value, value)
    assert {wording.mean_of(nothing), wording.interval_of(nothing), wording.percent(nothing), wording.milliseconds(value)} == {"—"}
    assert wording.latency(latency) == "p50 —, p95 —, max — (n 3)"


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (CostSummary(1.84, 60, 0, 1.84 / 60), "$1.84, $0.03067 an answer"),
        (CostSummary(1.5, 3, 1, 0.5), "at least $1.50, $0.5 an answer (1 of 4 answers have no known price)"),
        (CostSummary(0.0, 0, 4, None), "unknown"),
        (CostSummary(0.0, 0, 0, None), "—"),
        (CostSummary(0.0, 2, 0, 0.0), "$0.00, $0.00 an answer"),
        (CostSummary(0.00001, 1, 0, 0.00001), "$1.0e-05, $1.0e-05 an answer"),
        (CostSummary(nan, 1, 0, nan), "—"),
    ],
)
def test_an_unknown_cost_is_never_zero(figures: CostSummary, text: str) -> None:
    assert wording.cost(figures) == text


def test_unknown_tokens_are_said_to_be_unknown() -> None:
    assert wording.tokens(TokenSummary(0, 0, 3)) == "unknown"
    assert wording.tokens(TokenSummary(12_000, 3_400, 2)) == "12,000 in, 3,400 out (2 answers unknown)"
    assert wording.tokens(TokenSummary(0, 0, 0)) == "—"


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5 ms"), (812.4, "812 ms"), (2_100.0, "2.1 s"), (210_000.0, "3.5 min")])
def test_durations_have_readable_units(value: float, text: str) -> None:
    assert wording.milliseconds(value) == text


def test_failures_are_listed_most_frequent_first() -> None:
    assert wording.failures({"rate_limited": 2, "timeout": 3, "exception": 2}) == "timeout 3, exception 2, rate limited 2"


def metric(name: str, **facts: Any) -> MetricSummary:
    return MetricSummary(name, "1", 1.0, Estimate(0.9, 60, 0.8, 1.0), 60, 0, 0, 0, **facts)


@pytest.mark.parametrize(
    ("failed", "ids", "text"),
    [
        (0, (), "safety: no unsafe case of 60"),
        (1, ("refund-7",), "safety: 1 unsafe case (refund-7) of 60"),
        (3, ("a", "b"), "safety: 3 unsafe cases (a, b and 1 more) of 60"),
        (None, (), ""),
    ],
)
def test_safety_is_told_by_its_count_of_unsafe_cases(failed: int | None, ids: tuple[str, ...], text: str) -> None:
    summary = SummaryAccumulator().summary(sample_manifest(), planned=0)
    safety = metric("safety", failed_cases=failed, failed_case_ids=ids)
    assert wording.safety_line(replace(summary, metrics=(metric("accuracy", failed_cases=2), safety))) == text
    assert wording.safety_line(summary) == ""


def test_a_heuristic_is_called_one() -> None:
    assert wording.metric_name(metric("coherence", is_heuristic=True)) == "coherence (heuristic)"
    assert wording.metric_name(metric("accuracy")) == "accuracy"
