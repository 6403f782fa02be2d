from __future__ import annotations

from random import Random
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.calibration.correction import Rectifier, corrected_mean, rectifier
from goldfinch.core.statistics.moments import WeightedMoments


def test_the_corrected_mean_is_that_of_prediction_powered_inference() -> None:
    random = Random(1)
    judge_n = [float(random.random() < 0.9) for _ in range(800)]
    human = [float(random.random() < 0.7) for _ in range(120)]
    judge = [max(h, float(random.random() < 0.4)) for h in human]
    by = rectifier(zip(human, judge, strict=True))
    assert by is not None
    moments = WeightedMoments()
    for value in judge_n:
        moments.add(value)
    assert moments.mean is not None
    assert moments.standard_error is not None
    found = corrected_mean(moments.mean, moments.standard_error, moments.count, by)
    difference = np.array(human) - np.array(judge)
    theta = np.mean(judge_n) + difference.mean()
    variance = np.var(judge_n, ddof=1) / 800 + difference.var(ddof=1) / 120
    half = NormalDist().inv_cdf(0.975) * np.sqrt(variance)
    assert (found.value, found.low, found.high) == pytest.approx((theta, theta - half, theta + half))
    assert (found.labels, found.answers) == (120, 800)


def test_labels_without_any_difference_do_not_prove_that_there_is_none() -> None:
    by = rectifier([(1.0, 1.0)] * 100)
    assert by == Rectifier(0.0, 0.0, 100)
    found = corrected_mean(0.8, 0.0, 10_000, by)
    assert found.value == 0.8
    assert 0.02 < found.high - found.value < 0.04


@given(st.floats(0, 1), st.floats(0, 0.5), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=20))
def test_the_interval_lies_within_the_scale_and_about_the_value(mean: float, error: float, pairs: list[tuple[float, float]]) -> None:
    by = rectifier(pairs)
    assert by is not None
    found = corrected_mean(mean, error, 50, by)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_one_label_corrects_nothing() -> None:
    assert rectifier([(1.0, 0.0)]) is None
    assert rectifier([]) is None
