"""How far two orders agree, and how sure that is: for scores held against people's judgements."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from math import floor, fsum, isfinite, isnan, sqrt
from typing import TypeVar

from goldfinch.core.statistics.intervals import Interval

Item = TypeVar("Item")

_LEAST_DEFINED = 0.5
"""Where fewer than this share of the resamples have the statistic at all, the data cannot bear an interval."""


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; values that tie share the mean of their ranks. Raises `ValueError` for NaN, which has no rank."""
    if any(isnan(value) for value in values):
        raise ValueError("NaN has no rank")
    order = sorted(range(len(values)), key=values.__getitem__)
    ranked = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranked[place] = (start + 1 + end) / 2
        start = end
    return ranked


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Spearman's rank correlation, -1 to 1: Pearson's correlation of the ranks, ties sharing their mean rank.

    None below three pairs or where one side is constant: then there is no order to agree with. Raises `ValueError` for sequences of
    different length and for NaN. Source: Spearman, Am. J. Psychology 15 (1904), 72-101; ties: Kendall, Biometrika 33 (1945), 239-251.
    """
    if len(x) != len(y):
        raise ValueError(f"needs pairs, got {len(x)} and {len(y)} values")
    return None if len(x) < 3 else _pearson(ranks(x), ranks(y))


def partial_spearman(x: Sequence[float], y: Sequence[float], given: Sequence[float]) -> float | None:
    """Spearman's correlation of `x` and `y` with what both owe to `given` taken out.

    (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)(1 - r_yz^2)). Equal to `spearman(x, y)` where `given` is constant; None where that is None or
    where one side is `given` in other units. Source: Kendall, Biometrika 32 (1942), 277-283.
    """
    plain, x_given, y_given = spearman(x, y), spearman(x, given), spearman(y, given)
    if plain is None or x_given is None or y_given is None:
        return plain
    left = (1 - x_given * x_given) * (1 - y_given * y_given)
    return max(-1.0, min(1.0, (plain - x_given * y_given) / sqrt(left))) if left > 1e-12 else None


def cluster_bootstrap(
    statistic: Callable[[Sequence[Item]], float | None],
    items: Sequence[Item],
    clusters: Sequence[Hashable],
    *,
    seed: int,
    samples: int = 2000,
    confidence: float = 0.95,
) -> Interval | None:
    """Percentile interval of `statistic` over resamples of whole clusters, drawn with replacement.

    `clusters` names the cluster of each item; answers to one question are no independent evidence, so they are drawn together. The same
    seed gives the same interval on every machine. None below two clusters, and where most resamples leave the statistic undefined.
    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), sections 3.8 and 5.3.
    """
    if len(items) != len(clusters):
        raise ValueError(f"needs one cluster an item, got {len(items)} items and {len(clusters)} clusters")
    if samples < 1 or not 0 < confidence < 1:
        raise ValueError(f"samples must be at least 1 and confidence between 0 and 1, got {samples} and {confidence}")
    groups: dict[Hashable, list[Item]] = {}
    for item, cluster in zip(items, clusters, strict=True):
        groups.setdefault(cluster, []).append(item)
    if len(groups) < 2:
        return None
    drawn = (statistic(sample) for sample in _resamples(list(groups.values()), seed, samples))
    values = sorted(value for value in drawn if value is not None and isfinite(value))
    if len(values) < _LEAST_DEFINED * samples:
        return None
    return Interval(_quantile(values, (1 - confidence) / 2), _quantile(values, (1 + confidence) / 2))


def _pearson(x: Sequence[float], y: Sequence[float]) -> float | None:
    x_mean, y_mean = fsum(x) / len(x), fsum(y) / len(y)
    x_off, y_off = [value - x_mean for value in x], [value - y_mean for value in y]
    spread = sqrt(fsum(d * d for d in x_off) * fsum(d * d for d in y_off))
    if spread == 0:
        return None
    return max(-1.0, min(1.0, fsum(a * b for a, b in zip(x_off, y_off, strict=True)) / spread))


def _resamples(groups: Sequence[list[Item]], seed: int, samples: int) -> Iterator[list[Item]]:
    numbers = _uniform(seed)
    count = len(groups)
    for _ in range(samples):
        yield [item for _ in range(count) for item in groups[next(numbers) * count >> 64]]


def _uniform(seed: int) -> Iterator[int]:
    """Uniform 64-bit integers. The core knows no source of randomness; this is a fixed function of the seed.

    Source: SplitMix64, Steele, Lea and Flood, OOPSLA 2014.
    """
    mask = (1 << 64) - 1
    state = seed & mask
    while True:
        state = state + 0x9E3779B97F4A7C15 & mask
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & mask
        yield mixed ^ mixed >> 31


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two nearest values (type 7 of Hyndman and Fan, The American Statistician 50 (1996), 361-365)."""
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
