"""Random numbers that are the same on every Python: all are made from `Random.random()`, the one draw whose sequence is guaranteed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")
_STANDARD = NormalDist()
_EXACT_BELOW = 25.0
"""Variance up to which counts are drawn exactly; above it the rounded normal is within a thousandth."""


def stream(*names: object) -> Random:
    """One independent sequence for each path of names, so that a change in one part of the model leaves the others as they were."""
    return Random("/".join(map(str, names)))


def normal(rng: Random) -> float:
    """A standard normal number."""
    return _STANDARD.inv_cdf(min(max(rng.random(), 1e-12), 1 - 1e-12))


def wobble(rng: Random, sigma: float) -> float:
    """A log-normal factor with mean 1; `sigma` is the standard deviation of its logarithm."""
    return math.exp(sigma * normal(rng) - sigma * sigma / 2)


def between(rng: Random, low: float, high: float) -> float:
    """A number equally likely anywhere between the two."""
    return low + (high - low) * rng.random()


def whole(rng: Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both possible."""
    return low + int((high - low + 1) * rng.random())


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The items in random order (Fisher and Yates)."""
    mixed = list(items)
    for last in range(len(mixed) - 1, 0, -1):
        other = whole(rng, 0, last)
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


def poisson(rng: Random, mean: float) -> int:
    """A Poisson count."""
    if mean > _EXACT_BELOW:
        return max(0, round(mean + math.sqrt(mean) * normal(rng)))
    count, product, limit = 0, rng.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def binomial(rng: Random, trials: int, chance: float) -> int:
    """Successes among `trials`, each with probability `chance`."""
    if trials <= 0 or chance <= 0:
        return 0
    if chance > 0.5:
        return trials - binomial(rng, trials, 1 - chance)
    variance = trials * chance * (1 - chance)
    if variance > _EXACT_BELOW:
        return min(trials, max(0, round(trials * chance + math.sqrt(variance) * normal(rng))))
    return _few_successes(rng, trials, chance)


def _few_successes(rng: Random, trials: int, chance: float) -> int:
    """Count by jumping from success to success: the gaps are geometric."""
    successes, position, log_miss = 0, 0, math.log1p(-chance)
    while True:
        position += int(math.log(1 - rng.random()) / log_miss) + 1
        if position > trials:
            return successes
        successes += 1
