from __future__ import annotations

from fractions import Fraction
from math import comb, exp, isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.exact_tails import (
    binomial_is_unlikely,
    binomial_two_sided,
    log_binomial,
    log_fisher_more,
    log_hypergeometric,
)


@given(st.integers(0, 300), st.data(), st.integers(1, 999))
def test_the_binomial_probability_equals_the_exact_fraction(trials: int, data: st.DataObject, per_mille: int) -> None:
    count = data.draw(st.integers(0, trials))
    chance = Fraction(per_mille, 1000)
    exact = comb(trials, count) * chance**count * (1 - chance) ** (trials - count)
    log_exact = log(exact.numerator) - log(exact.denominator)
    assert isclose(log_binomial(count, trials, float(chance)), log_exact, rel_tol=1e-12, abs_tol=1e-11)


def test_a_count_that_cannot_be_has_no_probability() -> None:
    assert exp(log_binomial(4, 3, 0.5)) == 0
    assert exp(log_binomial(1, 3, 0.0)) == 0
    assert log_binomial(3, 3, 1.0) == 0
    assert exp(log_hypergeometric(3, 2, 5, 4)) == 0


@given(st.integers(0, 400), st.data(), st.sampled_from([0.01, 0.1, 0.3, 0.5, 0.77]))
def test_the_two_sided_p_is_that_of_scipy(trials: int, data: st.DataObject, chance: float) -> None:
    count = data.draw(st.integers(0, trials))
    expected = stats.binomtest(count, trials, chance).pvalue if trials else 1.0
    assert isclose(binomial_two_sided(count, trials, chance), expected, rel_tol=1e-8, abs_tol=1e-300)  # below, floats lose their digits


@pytest.mark.parametrize("off", [1, 3, 5.2, 8])
@pytest.mark.parametrize("trials", [10**5, 10**7])
def test_the_two_sided_p_of_large_counts_is_that_of_scipy(trials: int, off: float) -> None:
    count = round(trials * 0.1 + off * (trials * 0.09) ** 0.5)
    assert isclose(binomial_two_sided(count, trials, 0.1), stats.binomtest(count, trials, 0.1).pvalue, rel_tol=1e-6)


def test_a_billion_sessions_are_judged() -> None:
    assert not binomial_is_unlikely(100_000_000, 10**9, 0.1, 1e-6)
    assert not binomial_is_unlikely(100_045_000, 10**9, 0.1, 1e-6)  # 4.7 standard deviations: p = 2e-6
    assert binomial_is_unlikely(100_050_000, 10**9, 0.1, 1e-6)  # 5.3: 1e-7
    assert not binomial_is_unlikely(0, 0, 0.1, 1e-6)


@given(st.integers(0, 60), st.integers(0, 200), st.data())
def test_fishers_p_is_that_of_scipy(units: int, units_before: int, data: st.DataObject) -> None:
    bad, bad_before = data.draw(st.integers(0, units)), data.draw(st.integers(0, units_before))
    log_p = log_fisher_more(bad, units, bad_before, units_before)
    both, everyone = bad + bad_before, units + units_before
    if units == 0 or bad * everyone <= both * units:
        assert log_p == 0
    else:
        assert isclose(exp(log_p), stats.hypergeom.sf(bad - 1, everyone, both, units), rel_tol=1e-9)


def test_fishers_p_is_a_logarithm_where_the_probability_is_no_float_any_more() -> None:
    assert log_fisher_more(600_000, 10**6, 10**4, 10**8) < -1e6


def test_fishers_p_equals_a_sum_of_fractions() -> None:
    ways = sum(comb(10, count) * comb(500, 8 - count) for count in range(6, 9))
    exact = Fraction(ways, comb(510, 8))
    assert isclose(exp(log_fisher_more(6, 10, 2, 500)), float(exact), rel_tol=1e-12)
