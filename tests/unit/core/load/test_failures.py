"""Whether more requests fail than before."""

from __future__ import annotations

import pytest
from scipy.stats import fisher_exact

from goldfinch.core.load.failures import failure_change


@pytest.mark.parametrize("table", [(0, 200, 5, 200), (3, 100, 9, 150), (20, 400, 20, 400), (50, 60, 55, 60), (0, 10, 0, 10)])
def test_the_p_value_is_fishers(table: tuple[int, int, int, int]) -> None:
    was, all_was, now, all_now = table
    expected = fisher_exact([[now, all_now - now], [was, all_was - was]], alternative="greater").pvalue
    assert failure_change(*table).p_worse == pytest.approx(expected, abs=1e-9)


def test_a_rise_below_a_percentage_point_is_tolerated_however_certain() -> None:
    change = failure_change(0, 100_000, 900, 100_000)
    assert change.p_worse < 1e-9
    assert not change.is_worse
    assert failure_change(0, 2000, 60, 2000).is_worse


def test_many_failures_take_no_time() -> None:
    assert failure_change(10**9, 10**10, 2 * 10**9, 10**10).is_worse
    assert failure_change(10**6, 10**6, 10**6, 10**6).p_worse == 1.0
