"""The draws have the distributions that they are named for."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from generator import draws

SIZE = 4000


def drawn(draw: Callable[[Random], float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = draws.stream("test")
    return np.array([draw(rng) for _ in range(SIZE)], dtype=float)


@pytest.mark.parametrize(("trials", "chance"), [(10, 0.3), (1000, 0.004), (5000, 0.04), (60_000, 0.01), (200, 0.97)])
def test_binomial_counts_have_their_mean_and_variance(trials: int, chance: float) -> None:
    counts = drawn(lambda rng: draws.binomial(rng, trials, chance))
    variance = trials * chance * (1 - chance)
    assert counts.mean() == pytest.approx(trials * chance, abs=5 * math.sqrt(variance / SIZE))
    assert counts.var() == pytest.approx(variance, rel=0.15)
    assert counts.min() >= 0
    assert counts.max() <= trials


@pytest.mark.parametrize("mean", [0.3, 8.0, 400.0])
def test_poisson_counts_have_their_mean_and_variance(mean: float) -> None:
    counts = drawn(lambda rng: draws.poisson(rng, mean))
    assert counts.mean() == pytest.approx(mean, abs=5 * math.sqrt(mean / SIZE))
    assert counts.var() == pytest.approx(mean, rel=0.15)


def test_no_trials_and_no_chance_give_no_success() -> None:
    rng = draws.stream("test")
    assert (draws.binomial(rng, 0, 0.5), draws.binomial(rng, 10, 0.0), draws.binomial(rng, 10, 1.0)) == (0, 0, 10)


def test_wobbles_average_one() -> None:
    assert drawn(lambda rng: draws.wobble(rng, 0.3)).mean() == pytest.approx(1, abs=0.025)


def test_whole_numbers_reach_both_ends() -> None:
    assert set(drawn(lambda rng: draws.whole(rng, 2, 4))) == {2, 3, 4}


def test_shuffling_keeps_the_items_and_reaches_every_order() -> None:
    rng = draws.stream("test")
    assert len({tuple(draws.shuffled(rng, "abc")) for _ in range(200)}) == 6


def test_streams_of_different_names_are_different() -> None:
    assert draws.stream(1, "a").random() != draws.stream(1, "b").random()
    assert draws.stream(1, "a").random() == draws.stream(1, "a").random()
