from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.paired import PairedTest, paired_test
from goldfinch.core.statistics.sign_flip import sign_flip_p_values

SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=60)


def compared(before: object, after: object, *, higher: bool = True, margin: float = 0.05, mcnemar: bool = False) -> PairedTest:
    columns = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    return paired_test(*columns, higher_is_better=higher, margin=margin, is_absolute=False, one_trial_pass_fail=mcnemar, seed=1)


def test_paired_t_of_thirty_cases_agrees_with_scipy() -> None:
    random = np.random.default_rng(5)
    before, after = random.random(40), random.random(40)
    test = compared(before, after)
    assert test.method == "paired t"
    assert test.p_worse == pytest.approx(stats.ttest_rel(after, before, alternative="less").pvalue, rel=1e-9)
    assert test.p_better == pytest.approx(stats.ttest_rel(after, before, alternative="greater").pvalue, rel=1e-9)
    interval = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert test.half_width is not None
    assert (test.differences.mean - test.half_width, test.differences.mean + test.half_width) == pytest.approx(tuple(interval), rel=1e-9)
    assert test.margins.bound(0.05) == pytest.approx(stats.ttest_1samp(after - 0.95 * before, 0).confidence_interval(0.9).low, rel=1e-9)


@pytest.mark.parametrize("count", [2, 5, 12, 14])
def test_sign_flip_of_few_cases_is_exact(count: int) -> None:
    differences = np.random.default_rng(count).normal(size=count)
    exact = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="less")
    assert sign_flip_p_values(differences, 3)[0] == pytest.approx(exact.pvalue, abs=1e-12)


def test_sign_flip_of_more_cases_is_close_to_scipys() -> None:
    differences = np.random.default_rng(2).normal(0.3, size=25)
    sampled = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=200_000, alternative="greater", rng=4)
    assert sign_flip_p_values(differences, 3)[1] == pytest.approx(sampled.pvalue, abs=4 * sqrt(0.1 / 20_000))


@given(SCORES, st.integers(0, 9))
def test_order_does_not_matter_and_swapping_the_runs_swaps_the_sides(pairs: list[tuple[float, float]], seed: int) -> None:
    before, after = (np.array(column) for column in zip(*pairs, strict=True))
    order = np.random.default_rng(seed).permutation(len(pairs))
    straight, shuffled, swapped = compared(before, after), compared(before[order], after[order]), compared(after, before)
    assert shuffled.p_worse == pytest.approx(straight.p_worse, abs=1e-9)
    assert swapped.p_worse == pytest.approx(straight.p_better, abs=1e-9)
    assert swapped.differences.mean == pytest.approx(-straight.differences.mean)


def test_lower_is_better_turns_the_sides() -> None:
    before, after = np.full(40, 2.0), np.linspace(2.0, 3.0, 40)
    assert compared(before, after, higher=False).p_worse < 0.001 < 0.999 < compared(before, after).p_worse


@pytest.mark.parametrize("count", [2, 20, 50])
def test_no_difference_at_all_has_p_one(count: int) -> None:
    test = compared(np.ones(count), np.ones(count))
    assert (test.p_worse, test.p_better, test.all_equal) == (1.0, 1.0, True)


def test_the_same_difference_everywhere_is_certain_from_thirty_cases_on() -> None:
    before = np.random.default_rng(1).random(40)
    test = compared(before + 0.1, before)
    assert (test.p_worse, test.differences.deviation) == (0.0, 0.0)


def test_smallest_detectable_change_is_that_of_the_formula() -> None:
    random = np.random.default_rng(8)
    before, after = random.random(50), random.random(50)
    expected = (stats.t.ppf(1 - 0.05 / 3, 49) + 0.842) * np.std(after - before, ddof=1) / sqrt(50)
    assert compared(before, after).smallest_detectable(0.05 / 3) == pytest.approx(expected, rel=1e-9)
