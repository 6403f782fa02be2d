from __future__ import annotations

from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.gates.evidence import Measured
from goldfinch.core.gates.trials import MOST, trials_for_mean, trials_for_rate
from goldfinch.core.statistics.intervals import wilson_interval


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.5, 0.75, 0.85, 0.95]))
def test_so_many_trials_decide_and_one_fewer_does_not(total: int, share: float, threshold: float) -> None:
    rate = int(share * threshold * total * 0.999) / total
    more = trials_for_rate(rate, threshold, total)
    if more is None or wilson_interval(rate * total, total).high < threshold:
        return  # too close for a million trials, or decided already
    n = total + more
    assert wilson_interval(rate * n, n).high < threshold
    assert wilson_interval(rate * (n - 1), n - 1).high >= threshold - 1e-12


def test_a_rate_as_good_as_at_its_threshold_is_given_up() -> None:
    assert trials_for_rate(0.8499999, 0.85, 60) is None
    assert trials_for_rate(0.9, 0.85, 60) is None
    assert MOST == 1_000_000


def test_a_mean_is_decided_where_its_interval_has_narrowed_enough() -> None:
    measured = Measured(0.70, 60, 0.60, 0.80)
    more = trials_for_mean(measured, 0.75)
    assert more == 181
    assert 0.70 + 0.10 * sqrt(60 / (60 + more)) < 0.75 <= 0.70 + 0.10 * sqrt(60 / (60 + more - 1)) + 1e-12


def test_a_value_above_its_limit_is_decided_by_its_lower_bound() -> None:
    assert trials_for_mean(Measured(2100.0, 100, 1900.0, 2150.0), 2000.0) == 301


def test_without_interval_or_count_nothing_is_known() -> None:
    assert trials_for_mean(Measured(0.7, 60), 0.75) is None
    assert trials_for_mean(Measured(0.7, None, 0.6, 0.8), 0.75) is None
    assert trials_for_mean(Measured(None), 0.75) is None
    assert trials_for_mean(Measured(0.75, 60, 0.6, 0.8), 0.75) is None
