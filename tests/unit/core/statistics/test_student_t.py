from __future__ import annotations

from math import atan2, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.student_t import student_t_cdf, student_t_quantile, student_t_sf

DEGREES = [0.5, 1, 2, 3, 4.5, 9, 10, 19, 20, 21, 30, 59, 100, 999, 12_345, 1_000_000]


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 1.0, 1.96, 3.0, 10.0, 40.0])
def test_cdf_and_tail_agree_with_scipy(t: float, df: float) -> None:
    assert student_t_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), rel=1e-9)
    assert student_t_cdf(-t, df) == pytest.approx(stats.t.cdf(-t, df), rel=1e-9, abs=1e-300)
    assert student_t_sf(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("p", [1e-9, 0.001, 0.025, 0.2, 0.5, 0.75, 0.95, 0.975, 0.9995])
def test_quantile_agrees_with_scipy(p: float, df: float) -> None:
    assert student_t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9, abs=1e-12)


@given(p=st.floats(1e-6, 1 - 1e-6), df=st.floats(1, 1e5))
def test_quantile_inverts_the_cdf(p: float, df: float) -> None:
    assert student_t_cdf(student_t_quantile(p, df), df) == pytest.approx(p, rel=1e-9)


def test_one_degree_of_freedom_is_the_cauchy_distribution() -> None:
    for t in (1e-8, 1e-3, 1.0, 1e6):
        assert student_t_sf(t, 1) == pytest.approx(atan2(1, t) / pi, rel=1e-12)


def test_infinity_has_nothing_above_it() -> None:
    assert student_t_sf(float("inf"), 5) == 0.0
    assert student_t_cdf(float("-inf"), 5) == 0.0


@pytest.mark.parametrize(("p", "df"), [(0.0, 5), (1.0, 5), (float("nan"), 5), (0.5, 0), (0.5, -1)])
def test_impossible_questions_are_refused(p: float, df: float) -> None:
    with pytest.raises(ValueError, match="probability must lie"):
        student_t_quantile(p, df)


def test_nan_is_refused_rather_than_passed_on() -> None:
    with pytest.raises(ValueError, match="t must be a number"):
        student_t_cdf(float("nan"), 5)
