"""When a drop by chance alone looks like one: large enough to worry people, too small to mean anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

LOOKS_WORSE = 0.82
MEANS_NOTHING = 0.12
"""Least p-value; clear of 0.05, so that every sensible test agrees."""


def looks_like_a_drop(clicks: Sequence[float], conversions: Sequence[float]) -> bool:
    """True where conversions and conversion rate fall by 18 % or more and both tests call it noise. Pairs: before, after."""
    if min(*clicks, *conversions) <= 0:
        return False
    counts, rates = conversions[1] / conversions[0], conversions[1] / clicks[1] / (conversions[0] / clicks[0])
    return max(counts, rates) <= LOOKS_WORSE and min(_p_of_counts(*conversions), p_of_rates(clicks, conversions)) >= MEANS_NOTHING


def p_of_rates(trials: Sequence[float], successes: Sequence[float]) -> float:
    """Two-sided p-value of equal rates: two proportions, pooled variance (Fleiss, Statistical Methods for Rates and Proportions)."""
    pooled = sum(successes) / sum(trials)
    error = math.sqrt(pooled * (1 - pooled) * sum(1 / count for count in trials))
    difference = successes[1] / trials[1] - successes[0] / trials[0]
    return _two_sided(difference / error) if error else 1.0


def _p_of_counts(before: float, after: float) -> float:
    """Two-sided p-value of equal Poisson means over equal times (normal approximation to the binomial of their sum)."""
    return _two_sided((after - before) / math.sqrt(after + before))


def _two_sided(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))
