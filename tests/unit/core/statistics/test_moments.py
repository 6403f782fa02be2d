from __future__ import annotations

import json
import statistics
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.statistics.moments import WeightedMoments

PAIRS = st.tuples(st.floats(0, 1), st.floats(0.01, 100))


def moments_of(pairs: list[tuple[float, float]]) -> WeightedMoments:
    moments = WeightedMoments()
    for value, weight in pairs:
        moments.add(value, weight)
    return moments


def exact(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard error by the definition, in exact arithmetic."""
    values = [(Fraction(value), Fraction(weight)) for value, weight in pairs]
    weight = sum((w for _, w in values), Fraction())
    mean = sum((w * x for x, w in values), Fraction()) / weight
    square = sum((w * w * (x - mean) ** 2 for x, w in values), Fraction())
    n = len(values)
    return float(mean), sqrt(square * n / (n - 1)) / float(weight)


def close(moments: WeightedMoments, mean: float, error: float) -> bool:
    return moments.mean == pytest.approx(mean, abs=1e-12) and moments.standard_error == pytest.approx(error, abs=1e-9)


@given(st.lists(PAIRS, min_size=2, max_size=50))
def test_mean_and_error_are_those_of_the_definition(pairs: list[tuple[float, float]]) -> None:
    assert close(moments_of(pairs), *exact(pairs))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_equal_weights_give_the_textbook_error(values: list[float]) -> None:
    moments = moments_of([(value, 1.0) for value in values])
    assert close(moments, statistics.fmean(values), statistics.stdev(values) / sqrt(len(values)))


@given(st.lists(PAIRS, max_size=15), st.lists(PAIRS, max_size=15), st.lists(PAIRS, max_size=15))
def test_merging_is_associative_and_equals_adding_one_by_one(
    a: list[tuple[float, float]], b: list[tuple[float, float]], c: list[tuple[float, float]]
) -> None:
    left, right, tail = moments_of(a), moments_of(a), moments_of(b)
    left.merge(moments_of(b))
    left.merge(moments_of(c))
    tail.merge(moments_of(c))
    right.merge(tail)
    whole = moments_of(a + b + c)
    for merged in (left, right):
        assert merged.count == whole.count
        assert merged.mean == pytest.approx(whole.mean, abs=1e-12)
        assert merged.standard_error == pytest.approx(whole.standard_error, abs=1e-9)


def test_a_large_offset_does_not_swallow_the_spread() -> None:
    moments = moments_of([(1e9 + value, 1.0) for value in (4, 7, 13, 16)])
    assert moments.standard_error == pytest.approx(sqrt(30 / 4), rel=1e-12)


def test_nothing_has_no_mean_and_one_value_no_error() -> None:
    moments = WeightedMoments()
    assert (moments.count, moments.mean, moments.standard_error) == (0, None, None)
    moments.add(0.5)
    assert (moments.count, moments.mean, moments.standard_error) == (1, 0.5, None)


def test_weight_zero_leaves_a_value_out() -> None:
    assert moments_of([(0.5, 1.0), (0.9, 0.0)]).to_state() == moments_of([(0.5, 1.0)]).to_state()


def test_merging_leaves_the_other_side_alone() -> None:
    other = moments_of([(0.25, 2.0), (0.5, 1.0)])
    before = other.to_state()
    moments_of([(1.0, 1.0)]).merge(other)
    assert other.to_state() == before


@given(st.lists(PAIRS, max_size=20))
def test_state_survives_json(pairs: list[tuple[float, float]]) -> None:
    moments = moments_of(pairs)
    assert WeightedMoments.from_state(json.loads(json.dumps(moments.to_state()))).to_state() == moments.to_state()


@pytest.mark.parametrize(("value", "weight"), [(float("nan"), 1.0), (float("inf"), 1.0), (0.5, float("nan")), (0.5, -1.0)])
def test_what_is_no_number_is_refused_and_changes_nothing(value: float, weight: float) -> None:
    moments = moments_of([(0.5, 1.0)])
    with pytest.raises(ValueError, match="finite"):
        moments.add(value, weight)
    assert moments.to_state() == moments_of([(0.5, 1.0)]).to_state()
