"""Where the level of a daily series changes, and which single days stand out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import itemgetter, mul
from random import Random
from statistics import NormalDist, median

from src.tools.distributions import normal_two_sided

LEVEL = 0.02
"""Chance that a series without a change is said to have one."""
SHUFFLES = 199
MIN_SEGMENT = 5
CLEAR = 1e-5
"""A bound on p that needs no shuffling to believe."""
DAY_LEVEL = 0.02
"""Chance that a series without anomalies is said to have one, over all of its days."""
LEAST_DEVIATION = 0.05
"""Relative; in series that hardly vary, a hundredth is many standard deviations and of no concern to anyone."""
_CLIP = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """`place` is the first day after the change."""

    place: int
    p_value: float


class Series:
    """Numerators over exposures (denominator times weekday factor), by day, with sums of any stretch at hand."""

    def __init__(self, numerators: Sequence[float], exposures: Sequence[float]) -> None:
        self.numerators, self.exposures = numerators, exposures
        self._tops, self._bottoms = [0.0, *accumulate(numerators)], [0.0, *accumulate(exposures)]

    def __len__(self) -> int:
        return len(self.numerators)

    def rate(self, low: int, high: int) -> float:
        """Ratio of sums over [low, high)."""
        base = self._bottoms[high] - self._bottoms[low]
        return (self._tops[high] - self._tops[low]) / base if base > 0 else 0.0

    def residuals(self, low: int, high: int) -> list[float]:
        """(y - expected) / sqrt(expected) of each day of a stretch: of equal spread for counts, whatever the exposure (Pearson)."""
        rate = self.rate(low, high)
        return [
            (self.numerators[day] - rate * self.exposures[day]) / math.sqrt(rate * self.exposures[day])
            if rate * self.exposures[day] > 0
            else 0.0
            for day in range(low, high)
        ]


def change_points(series: Series, level: float = LEVEL) -> list[Change]:
    """Binary segmentation: split where the CUSUM of the residuals is largest, as long as a permutation test at `level` finds it too large
    for a series without change; then test each split again between its neighbours.

    Under no change the days are exchangeable, so that the first test, and with it the whole procedure, errs in at most `level` of series.
    Sources: Vostrikova, Soviet Math. Dokl. 24 (1981) 55-59 (binary segmentation); Antoch and Huskova, Stat. Prob. Letters 53 (2001) 37-46
    (permutation tests for change points); Besag and Clifford, Biometrika 78 (1991) 301-304 (stopping early when it is hopeless).
    """
    places = _split(series, 0, len(series), level)
    return _confirmed(series, sorted(places), level)


def _split(series: Series, low: int, high: int, level: float) -> list[int]:
    found = _strongest(series, low, high, level)
    if found is None:
        return []
    return [found.place, *_split(series, low, found.place, level), *_split(series, found.place, high, level)]


def _confirmed(series: Series, places: list[int], level: float) -> list[Change]:
    """Each split moved to, and tested at, its best place between its neighbours."""
    bounds = [0, *places, len(series)]
    confirmed: list[Change] = []
    for number in range(1, len(bounds) - 1):
        found = _strongest(series, confirmed[-1].place if confirmed else 0, bounds[number + 1], level)
        if found is not None:
            confirmed.append(found)
    return confirmed


def _strongest(series: Series, low: int, high: int, level: float) -> Change | None:
    if high - low < 2 * MIN_SEGMENT:
        return None
    residuals = _clipped(series.residuals(low, high))
    size, place = _largest_cusum(residuals)
    if size <= 0:
        return None
    p_value = _p_value(residuals, size, place, level)
    return Change(low + place, p_value) if p_value is not None and p_value <= level else None


def _clipped(residuals: list[float]) -> list[float]:
    """One wild day shall not look like a new level: residuals are held within four robust standard deviations of the median."""
    middle = median(residuals)
    reach = _CLIP * 1.4826 * median([abs(value - middle) for value in residuals])
    if reach <= 0:
        return residuals
    held = [min(max(value, middle - reach), middle + reach) for value in residuals]
    mean = sum(held) / len(held)
    return [value - mean for value in held]


@lru_cache(maxsize=256)
def _weights(count: int) -> tuple[float, ...]:
    """1 / sqrt(k (n - k) / n) for splits that leave enough days on both sides."""
    return tuple(1 / math.sqrt(k * (count - k) / count) for k in range(MIN_SEGMENT, count - MIN_SEGMENT + 1))


@lru_cache(maxsize=64)
def _shuffles(count: int) -> tuple[Callable[[Sequence[float]], tuple[float, ...]], ...]:
    """Fixed permutations of so many days: the same data have the same p-value in every run."""
    shuffler = Random(count)  # nosec B311: the same shuffles in every run, no secret
    return tuple(itemgetter(*shuffler.sample(range(count), count)) for _ in range(SHUFFLES))


def _largest_cusum(residuals: Sequence[float]) -> tuple[float, int]:
    weights = _weights(len(residuals))
    sums = list(accumulate(residuals))[MIN_SEGMENT - 1 :]
    sizes = list(map(mul, map(abs, sums), weights))
    size = max(sizes)
    return size, MIN_SEGMENT + sizes.index(size)


def _p_value(residuals: list[float], size: float, place: int, level: float) -> float | None:
    """Chance of so large a CUSUM without a change; None where it is clear early that it exceeds `level`."""
    bound = _bound(residuals, size, place)
    if bound < CLEAR:
        return bound
    allowed, exceeding = int(level * (SHUFFLES + 1)) - 1, 0
    for shuffle in _shuffles(len(residuals)):
        exceeding += _largest_cusum(shuffle(residuals))[0] >= size
        if exceeding > allowed:
            return None
    return (exceeding + 1) / (SHUFFLES + 1)


def _bound(residuals: list[float], size: float, place: int) -> float:
    """Bonferroni over all splits, with the spread of days within the two parts."""
    count = len(residuals)
    left, right = sum(residuals[:place]) / place, sum(residuals[place:]) / (count - place)
    within = sum((value - left) ** 2 for value in residuals[:place]) + sum((value - right) ** 2 for value in residuals[place:])
    spread = math.sqrt(within / (count - 2))
    return min(1.0, count * normal_two_sided(size / spread)) if spread > 0 else 0.0


def standing_out(series: Series, changes: Sequence[Change]) -> list[tuple[int, float, float]]:
    """Days that differ from their segment's level by more than chance over all days allows: place, expected rate, z.

    A day has to stand out twice: in its Pearson residual, which is right where counts vary by chance, and in the logarithm of observed over
    expected, which is right where days vary by a factor; z is the smaller of the two. Each is divided by its robust spread (1.4826 times
    the median absolute deviation). The limit is the normal quantile at DAY_LEVEL over the number of days (Bonferroni), and a half above
    it for the error of the spread itself. Days within LEAST_DEVIATION of what was expected never stand out.
    Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993).
    """
    if len(series) < 2 * MIN_SEGMENT:
        return []
    bounds = [0, *(change.place for change in changes), len(series)]
    rates = [rate for low, high in pairwise(bounds) for rate in [_typical(series, low, high)] * (high - low)]
    counted = _standardised([_residual(series, day, rate) for day, rate in enumerate(rates)])
    scaled = _standardised([_log_residual(series, day, rate) for day, rate in enumerate(rates)])
    limit = NormalDist().inv_cdf(1 - DAY_LEVEL / 2 / len(series)) + 0.5
    smaller = [min(pair, key=abs) for pair in zip(counted, scaled, strict=True)]
    return [
        (day, rates[day], z)
        for day, z in enumerate(smaller)
        if abs(z) > limit
        and abs(series.numerators[day] - rates[day] * series.exposures[day]) > LEAST_DEVIATION * rates[day] * series.exposures[day]
    ]


def _standardised(residuals: list[float]) -> list[float]:
    finite = [value for value in residuals if math.isfinite(value)]
    middle = median(finite) if finite else 0.0
    spread = 1.4826 * median([abs(value - middle) for value in finite]) if finite else 0.0
    return [(value - middle) / spread if math.isfinite(value) else value for value in residuals] if spread > 0 else [0.0] * len(residuals)


def _log_residual(series: Series, day: int, rate: float) -> float:
    expected = rate * series.exposures[day]
    if expected <= 0:
        return 0.0
    return math.log(series.numerators[day] / expected) if series.numerators[day] > 0 else -math.inf


def _typical(series: Series, low: int, high: int) -> float:
    """The level of a stretch without the days that stand out from it: the median rate where the days are many, else the ratio of sums."""
    rates = [series.numerators[day] / series.exposures[day] for day in range(low, high) if series.exposures[day] > 0]
    if not rates:
        return 0.0
    middle = median(rates)
    apart = 1.4826 * median([abs(rate - middle) for rate in rates])
    kept = [
        day
        for day in range(low, high)
        if series.exposures[day] > 0 and abs(series.numerators[day] / series.exposures[day] - middle) <= 3 * apart
    ]
    base = sum(series.exposures[day] for day in kept)
    return sum(series.numerators[day] for day in kept) / base if base > 0 else middle


def _residual(series: Series, day: int, rate: float) -> float:
    expected = rate * series.exposures[day]
    return (series.numerators[day] - expected) / math.sqrt(expected) if expected > 0 else 0.0
