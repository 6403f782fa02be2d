"""Percentiles with intervals, against an independent computation and by simulation."""

from __future__ import annotations

from random import Random

import pytest
from scipy.stats import binom

from goldfinch.core.load.quantiles import binomial_ranks, bounded_quantile, quantile


def test_a_quantile_is_a_value_that_was_seen_and_never_one_between() -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert quantile(list(map(float, range(1, 21))), 0.95) == 19.0
    assert quantile([7.0], 0.99) == 7.0


@pytest.mark.parametrize(("n", "q"), [(200, 0.95), (1000, 0.99), (37, 0.5), (5000, 0.9)])
def test_ranks_are_those_of_the_binomial_distribution(n: int, q: float) -> None:
    low, high = binomial_ranks(n, q, 0.95)
    assert low is not None
    assert high is not None
    assert binom.cdf(low - 1, n, q) <= 0.025 < binom.cdf(low, n, q) or binom.cdf(low, n, q) <= 0.025
    assert binom.cdf(high, n, q) >= 0.975 > binom.cdf(high - 1, n, q)


def test_too_few_values_bound_a_high_percentile_on_one_side_only() -> None:
    found = bounded_quantile([list(map(float, range(40)))], 0.95)
    assert found is not None
    assert found.low is not None
    assert found.high is None


def test_of_nothing_there_is_no_quantile() -> None:
    assert bounded_quantile([], 0.95) is None
    assert bounded_quantile([[], []], 0.95) is None


def test_the_interval_holds_the_true_percentile_in_95_of_100_benchmarks() -> None:
    source, truth = Random(5), 2.995732  # p95 of the exponential distribution
    held = 0
    for _ in range(400):
        found = bounded_quantile([[source.expovariate(1.0) for _ in range(200)]], 0.95)
        assert found is not None
        held += found.low is not None and found.high is not None and found.low <= truth <= found.high
    assert held >= 0.93 * 400


def test_iterations_that_differ_widen_the_interval() -> None:
    """A stall in two of ten iterations is two events, and not the fifty requests that it hit."""
    source = Random(6)
    alike = [[source.gauss(100, 10) for _ in range(100)] for _ in range(10)]
    stalled = [[value + (80 if number < 2 else 0) for value in group] for number, group in enumerate(alike)]
    pooled = bounded_quantile([[value for group in stalled for value in group]], 0.5)
    by_iteration = bounded_quantile(stalled, 0.5)
    assert pooled is not None
    assert by_iteration is not None
    assert pooled.low is not None
    assert pooled.high is not None
    assert by_iteration.low is not None
    assert by_iteration.high is not None
    assert by_iteration.value == pooled.value
    assert by_iteration.high - by_iteration.low > 2 * (pooled.high - pooled.low)


def test_clustered_iterations_still_hold_the_true_percentile() -> None:
    source, held = Random(7), 0
    for _ in range(300):
        groups = []
        for _ in range(10):
            offset = source.gauss(0, 1)
            groups.append([offset + source.gauss(0, 1) for _ in range(30)])
        found = bounded_quantile(groups, 0.5)
        assert found is not None
        held += found.low is not None and found.high is not None and found.low <= 0 <= found.high
    assert held >= 0.88 * 300  # independent ranks would hold it in 45 of 100
