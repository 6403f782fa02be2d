from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.statistics.histogram import RELATIVE_ERROR, LogHistogram

DURATIONS = st.one_of(st.floats(0, 1e-5), st.floats(1e-5, 100), st.floats(100, 1e9), st.integers(0, 100_000).map(float))


def histogram_of(values: list[float]) -> LogHistogram:
    histogram = LogHistogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(st.lists(DURATIONS, min_size=1, max_size=200), st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_every_quantile_is_within_one_percent_of_the_sorted_values(values: list[float], q: float) -> None:
    truth = np.quantile(values, q, method="inverted_cdf")
    assert histogram_of(values).quantile(q) == pytest.approx(truth, rel=RELATIVE_ERROR * (1 + 1e-9), abs=1e-6)


@given(st.lists(DURATIONS, max_size=50), st.lists(DURATIONS, max_size=50), st.lists(DURATIONS, max_size=50))
def test_merging_is_associative_and_equals_adding_one_by_one(a: list[float], b: list[float], c: list[float]) -> None:
    left, right, tail = histogram_of(a), histogram_of(a), histogram_of(b)
    left.merge(histogram_of(b))
    left.merge(histogram_of(c))
    tail.merge(histogram_of(c))
    right.merge(tail)
    whole = histogram_of(a + b + c).to_state()
    for merged in (left.to_state(), right.to_state()):
        assert merged["sum"] == pytest.approx(whole["sum"], rel=1e-12)
        assert {**merged, "sum": whole["sum"]} == whole


@given(st.lists(DURATIONS, max_size=50))
def test_state_survives_json(values: list[float]) -> None:
    histogram = histogram_of(values)
    copy = LogHistogram.from_state(json.loads(json.dumps(histogram.to_state())))
    assert copy.to_state() == histogram.to_state()
    assert (copy.count, copy.quantile(0.5), copy.max) == (histogram.count, histogram.quantile(0.5), histogram.max)


def test_count_sum_and_ends_are_exact() -> None:
    histogram = histogram_of([12.5, 0.0, 1000.25, 3.0])
    assert (histogram.count, histogram.sum, histogram.min, histogram.max) == (4, 1015.75, 0.0, 1000.25)
    assert histogram.mean == 1015.75 / 4


def test_an_empty_histogram_knows_nothing() -> None:
    empty = LogHistogram()
    assert (empty.count, empty.quantile(0.5), empty.mean, empty.min, empty.max) == (0, None, None, None, None)


def test_the_p95_of_few_values_is_the_largest() -> None:
    assert histogram_of([800.0, 810.0, 790.0, 120_000.0]).quantile(0.95) == 120_000.0


def test_buckets_stay_few_over_fifteen_decades() -> None:
    histogram = histogram_of([10 ** (-6 + 21 * step / 50_000) for step in range(1, 50_000)])
    assert len(histogram.to_state()["buckets"]) < 2_500


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e16])
def test_what_is_no_duration_is_refused_and_changes_nothing(value: float) -> None:
    histogram = histogram_of([1.0])
    with pytest.raises(ValueError, match="duration"):
        histogram.add(value)
    assert histogram.to_state() == histogram_of([1.0]).to_state()


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_quantile_outside_of_zero_to_one_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="quantile lies"):
        histogram_of([1.0]).quantile(q)
