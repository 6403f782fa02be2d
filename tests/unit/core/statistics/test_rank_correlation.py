from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics import rank_correlation
from goldfinch.core.statistics.rank_correlation import cluster_bootstrap, partial_spearman, ranks, spearman

PAIRS = st.lists(st.tuples(st.integers(0, 8), st.floats(-1e6, 1e6)), min_size=3, max_size=60)


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values)


@given(values=st.lists(st.integers(0, 5), max_size=50))
def test_ranks_agree_with_scipy(values: list[int]) -> None:
    assert ranks(values) == list(stats.rankdata(values))


@given(pairs=PAIRS)
def test_spearman_agrees_with_scipy_ties_included(pairs: list[tuple[int, float]]) -> None:
    x, y = [float(a) for a, _ in pairs], [b for _, b in pairs]
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


def test_spearman_gives_the_published_value() -> None:
    """IQ against hours of television of ten people: rho = -29/165 (Wikipedia, Spearman's rank correlation coefficient)."""
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert spearman(iq, hours) == pytest.approx(-29 / 165)


@pytest.mark.parametrize(("x", "y"), [([], []), ([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [5, 5, 5])])
def test_where_there_is_no_order_there_is_no_correlation(x: list[float], y: list[float]) -> None:
    assert spearman(x, y) is None


def test_unpaired_values_and_nan_are_refused() -> None:
    with pytest.raises(ValueError, match="pairs"):
        spearman([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="NaN"):
        spearman([1, 2, float("nan")], [1, 2, 3])


@given(triples=st.lists(st.tuples(*[st.floats(-100, 100)] * 3), min_size=8, max_size=40, unique_by=lambda t: t[2]))
def test_the_partial_correlation_is_that_of_the_residuals_of_the_ranks(triples: list[tuple[float, float, float]]) -> None:
    x, y, z = (stats.rankdata([triple[i] for triple in triples]) for i in range(3))
    residuals = [side - stats.linregress(z, side).slope * z for side in (x, y)]
    assume(all(residual.std() > 1e-6 for residual in residuals))
    expected = stats.pearsonr(*residuals).statistic
    assert partial_spearman(list(x), list(y), list(z)) == pytest.approx(expected, abs=1e-6)


def test_agreement_that_is_length_alone_vanishes_given_length() -> None:
    drawn = random.Random(1)
    length = [float(n) for n in range(400)]
    score = [n + drawn.gauss(0, 100) for n in length]
    people = [n + drawn.gauss(0, 100) for n in length]
    plain, partial = spearman(score, people), partial_spearman(score, people, length)
    assert plain is not None
    assert partial is not None
    assert plain > 0.5
    assert abs(partial) < 0.1


def test_nothing_is_left_of_a_score_that_is_length() -> None:
    assert partial_spearman([1, 2, 3, 4], [1, 3, 2, 4], [10, 20, 30, 40]) is None
    assert partial_spearman([1, 2, 3, 4], [1, 3, 2, 4], [5, 5, 5, 5]) == spearman([1, 2, 3, 4], [1, 3, 2, 4])


def test_the_bootstrap_agrees_with_scipy_where_every_item_is_its_own_cluster() -> None:
    values = [float(n * n % 31) for n in range(30)]
    expected = stats.bootstrap((values,), lambda sample, axis: sample.mean(axis=axis), method="percentile", n_resamples=20_000, rng=1)
    interval = cluster_bootstrap(mean, values, range(30), seed=1, samples=20_000)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(tuple(expected.confidence_interval), abs=0.1)


def test_repeating_each_item_within_its_cluster_narrows_nothing() -> None:
    values = [float(n) for n in range(12)]
    alone = cluster_bootstrap(mean, values, range(12), seed=3)
    tenfold = cluster_bootstrap(mean, values * 10, list(range(12)) * 10, seed=3)
    independent = cluster_bootstrap(mean, values * 10, range(120), seed=3)
    assert alone is not None
    assert tenfold is not None
    assert independent is not None
    assert (tenfold.low, tenfold.high) == pytest.approx((alone.low, alone.high))
    assert independent.high - independent.low < 0.5 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    first, again, other = (cluster_bootstrap(mean, values, range(6), seed=seed, samples=199) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_one_cluster_and_a_statistic_that_is_mostly_undefined_have_no_interval() -> None:
    assert cluster_bootstrap(mean, [1.0, 2.0], ["a", "a"], seed=1) is None
    assert cluster_bootstrap(lambda sample: None, [1.0, 2.0], "ab", seed=1) is None


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="one cluster an item"):
        cluster_bootstrap(mean, [1.0, 2.0], ["a"], seed=1)
    with pytest.raises(ValueError, match="samples"):
        cluster_bootstrap(mean, [1.0, 2.0], "ab", seed=1, samples=0)


def test_the_generator_gives_the_published_numbers() -> None:
    """First outputs of SplitMix64 for seed 1234567, as Rosetta Code lists them."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert list(islice(rank_correlation._uniform(1234567), 5)) == published
