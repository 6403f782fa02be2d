"""The distributions agree with an independent library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from src.tools.distributions import normal_two_sided, student_quantile, student_two_sided


@given(st.floats(-40, 40), st.floats(1, 5000))
def test_student_p_value_agrees_with_scipy(t: float, degrees: float) -> None:
    assert student_two_sided(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 3, 6, 13, 27.5, 83, 1000])
def test_student_quantile_agrees_with_scipy(degrees: float) -> None:
    assert student_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-8)


def test_an_infinite_statistic_has_no_chance() -> None:
    assert student_two_sided(float("inf"), 5) == 0.0


@given(st.floats(-10, 10))
def test_normal_p_value_agrees_with_scipy(z: float) -> None:
    assert normal_two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)
