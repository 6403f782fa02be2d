from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.intervals import UNIT, score_interval, t_interval, t_interval_from_error, wilson_interval


@given(data=st.data(), confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(data: st.DataObject, confidence: float) -> None:
    total = data.draw(st.integers(1, 100_000))
    passed = data.draw(st.integers(0, total))
    expected = stats.binomtest(passed, total).proportion_ci(confidence, method="wilson")
    interval = wilson_interval(passed, total, confidence)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_gives_the_published_interval() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (passed, total), bounds in published.items():
        interval = wilson_interval(passed, total)
        assert (round(interval.low, 4), round(interval.high, 4)) == bounds


def test_all_cases_passing_still_leaves_doubt() -> None:
    interval = wilson_interval(20, 20)
    assert interval.high == 1.0
    assert interval.low < 0.85


@pytest.mark.parametrize(("passed", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(passed: int, total: int) -> None:
    with pytest.raises(ValueError, match="passed must lie"):
        wilson_interval(passed, total)


@given(values=st.lists(st.floats(0, 1), min_size=2, max_size=60), confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_t_interval_agrees_with_scipy(values: list[float], confidence: float) -> None:
    mean, sd, n = statistics.fmean(values), statistics.stdev(values), len(values)
    interval = t_interval(mean, sd, n, confidence)
    assert interval is not None
    if sd < 1e-150:  # scipy has no interval of width zero
        assert interval.high - interval.low <= 1e-149
        return
    low, high = stats.t.interval(confidence, n - 1, loc=mean, scale=sd / n**0.5)
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)


def test_one_value_has_no_interval() -> None:
    assert t_interval(0.5, 0.0, 1) is None
    assert t_interval_from_error(0.5, 0.0, 0) is None


def test_clipping_keeps_a_score_where_scores_lie() -> None:
    interval = t_interval(0.95, 0.2, 5, within=UNIT)
    assert interval is not None
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.701667, abs=1e-6)


def test_scores_that_are_all_perfect_or_all_worst_still_leave_doubt() -> None:
    assert score_interval(1.0, 0.0, 3) == wilson_interval(3, 3)
    assert score_interval(0.0, 0.0, 60) == wilson_interval(0, 60)
    assert score_interval(1.0, 0.0, 1) is None
    assert score_interval(0.5, 0.0, 4) == wilson_interval(2, 4)  # a judge with five levels gives the same one often
    assert score_interval(0.8, 0.02, 60) == t_interval_from_error(0.8, 0.02, 60, within=UNIT)


@pytest.mark.parametrize(("mean", "error"), [(float("nan"), 0.1), (0.5, float("nan")), (0.5, -0.1), (float("inf"), 0.1)])
def test_figures_that_are_no_numbers_are_refused(mean: float, error: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        t_interval_from_error(mean, error, 10)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Coverage of Wilson's interval oscillates with the rate and is near its level on average (Brown, Cai, DasGupta 2001, section 4)."""
    intervals = [wilson_interval(passed, 40) for passed in range(41)]
    rates = [step / 50 for step in range(2, 49)]
    covered = [sum(stats.binom.pmf(k, 40, p) for k, i in enumerate(intervals) if i.low <= p <= i.high) for p in rates]
    assert statistics.fmean(covered) == pytest.approx(0.95, abs=0.01)
    assert min(covered) > 0.9
