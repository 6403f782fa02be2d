from __future__ import annotations

from itertools import pairwise, permutations
from math import sqrt
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.statistics.change_points import change_points


def test_a_step_is_found_where_it_is() -> None:
    noise = np.random.default_rng(7).normal(0, 0.01, 30)
    found = change_points(list(np.where(np.arange(30) < 18, 0.9, 0.8) + noise))
    assert [point.at for point in found] == [18]
    assert (found[0].runs_before, found[0].runs_after) == (18, 12)
    assert found[0].before == pytest.approx(0.9, abs=0.01)
    assert found[0].after == pytest.approx(0.8, abs=0.01)
    assert found[0].p <= 0.001


def test_two_steps_are_found_and_described_by_the_levels_between_them() -> None:
    noise = np.random.default_rng(3).normal(0, 0.01, 45)
    levels = np.repeat([0.9, 0.7, 0.85], 15)
    found = change_points(list(levels + noise))
    assert [point.at for point in found] == [15, 30]
    assert [point.after for point in found] == pytest.approx([0.7, 0.85], abs=0.01)
    assert found[0].after == found[1].before


def test_the_statistic_and_its_p_value_agree_with_every_order_written_out() -> None:
    values = [0.0, 0.1, 0.0, 0.1, 0.9, 1.0, 0.9]

    def largest(order: tuple[float, ...]) -> float:
        return max(abs(mean(order[:at]) - mean(order[at:])) * sqrt(at * (7 - at) / 7) for at in range(3, 5))

    every = [largest(order) for order in permutations(values)]
    exact = sum(one >= largest(tuple(values)) - 1e-12 for one in every) / len(every)
    found = change_points(values, alpha=0.9)[0]
    assert found.at == 4
    assert found.p == pytest.approx(exact, abs=5 * sqrt(exact * (1 - exact) / 2_000))


def test_series_that_cannot_tell_have_no_change() -> None:
    assert change_points([]) == ()
    assert change_points([0.9, 0.1, 0.9, 0.1, 0.9]) == ()
    assert change_points([0.5] * 50) == ()
    assert change_points([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]) == (), "2 of 20 orders are as extreme: p is 0.1"


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        change_points([0.1, float("nan"), 0.2])
    with pytest.raises(ValueError, match="alpha"):
        change_points([0.1], alpha=1.0)


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_segments_are_long_enough_and_the_answer_is_always_the_same(values: list[float]) -> None:
    found = change_points(values)
    edges = [0, *(point.at for point in found), len(values)]
    if found:
        assert all(end - start >= 3 for start, end in pairwise(edges))
        assert all(0 < point.p <= 0.05 for point in found)
    assert change_points(values) == found
