"""Weekday effects of a daily series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

FEWEST_DAYS = 21


def weekday_factors(days: Sequence[int], numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Factors by `ordinal % 7` on the ratio numerator / denominator, with mean 1; all 1 where fewer than three weeks are there.

    Each day is held against the seven days around it (a centred moving average, so that a trend or a step is no weekday effect), and
    the factors are shrunk towards 1 by how little they exceed their own noise (empirical Bayes).
    Sources: Cleveland et al., J. Official Statistics 6 (1990) 3-73 (seasonal effects around a moving average); Efron and Morris,
    J. Am. Stat. Assoc. 70 (1975) 311-319 (shrinkage).
    """
    count = len(days)
    if count < FEWEST_DAYS:
        return [1.0] * 7
    tops, bottoms = [0.0, *accumulate(numerators)], [0.0, *accumulate(denominators)]
    observed: list[list[float]] = [[] for _ in range(7)]
    for place in range(count):
        low = min(max(0, place - 3), count - 7)
        base = bottoms[low + 7] - bottoms[low]
        expected = denominators[place] * (tops[low + 7] - tops[low]) / base if base > 0 else 0.0
        if expected > 0:
            observed[days[place] % 7].append(numerators[place] / expected)
    return _shrunk(observed)


def _shrunk(observed: Sequence[Sequence[float]]) -> list[float]:
    if min(len(values) for values in observed) < 2:
        return [1.0] * 7
    means = [sum(values) / len(values) for values in observed]
    middle = sum(means) / 7
    within = sum(sum((value - mean) ** 2 for value in values) for values, mean in zip(observed, means, strict=True))
    noise = within / sum(len(values) - 1 for values in observed) * sum(1 / len(values) for values in observed) / 7
    between = sum((mean - middle) ** 2 for mean in means) / 6
    kept = max(0.0, 1 - noise / between) if between > 0 else 0.0
    return [1 + kept * (mean / middle - 1) for mean in means]
