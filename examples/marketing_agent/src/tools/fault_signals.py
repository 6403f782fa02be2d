"""Signals of a fault in a campaign's days: since when a rate is lower, a price higher, a click rate sliding.

Each search looks for one stretch of days, mostly one that lasts to the end, in which a series has another level, and gives its likelihood
ratio as a z-value over what days vary by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import mul

from src.tools.weekdays import weekday_factors

SHORTEST = 4
"""Days that a fault has lasted before it can be seen."""
LEAST_BEFORE = 10
"""Days without the fault, to know what is usual."""
RAMP_LENGTHS = (14, 28, 84)
LEAST_STEPS_OF_COST = 10
MOST_SPEND_EFFECT = 0.8


@dataclass(frozen=True, slots=True)
class Signal:
    """Over the days [start, end) of the series the level differs by `change` (a fraction) from all other days."""

    start: int
    end: int
    change: float
    z: float

    def covers(self, place: int) -> bool:
        return self.start <= place < self.end


class _Sums:
    def __init__(self, values: Sequence[float]) -> None:
        self._sums = [0.0, *accumulate(values)]
        self.total = self._sums[-1]

    def of(self, low: int, high: int) -> float:
        return self._sums[high] - self._sums[low]


def rate_change(days: Sequence[int], numerators: Sequence[float], denominators: Sequence[float], direction: int) -> Signal | None:
    """The stretch with the most convincing change of a rate in a direction (-1 lower, 1 higher); None where there are too few days or events.

    Poisson likelihood ratio of two levels against one, divided by the dispersion that days show around the two levels.
    Source: McCullagh and Nelder, Generalized Linear Models (1989), 4.5 and 6.2 (dispersion); Levin and Kline, Statistics in Medicine 4 (1985)
    469-488 (an epidemic stretch within a series).
    """
    count = len(days)
    if count < LEAST_BEFORE + SHORTEST or sum(numerators) <= 0 or sum(denominators) <= 0:
        return None
    factors = weekday_factors(days, numerators, denominators)
    exposures = [denominator * factors[day % 7] for day, denominator in zip(days, denominators, strict=True)]
    tops, bottoms = _Sums(numerators), _Sums(exposures)

    def ratio(low: int, high: int) -> float:
        return _likelihood_ratio(tops, bottoms, low, high, direction)

    low, high = _best_stretch(count, ratio)
    if ratio(low, high) <= 0:
        return None
    inside, outside = _rates(tops, bottoms, low, high)
    dispersion = _dispersion(numerators, exposures, inside, outside, low, high)
    return Signal(low, high, inside / outside - 1, math.sqrt(2 * ratio(low, high) / dispersion))


def _best_stretch(count: int, gain: Callable[[int, int], float]) -> tuple[int, int]:
    """The start that gains most if the stretch lasts to the end, then the best end for it, then the start once more."""
    low, high = LEAST_BEFORE, count
    for _ in range(2):
        low = max(range(LEAST_BEFORE, high - SHORTEST + 1), key=lambda start: gain(start, high))
        last = max(range(low + SHORTEST, count + 1), key=lambda end: gain(low, end))
        if last == high or gain(low, last) < gain(low, count) + 4:
            break
        high = last
    return low, high


def _rates(tops: _Sums, bottoms: _Sums, low: int, high: int) -> tuple[float, float]:
    inside, outside = bottoms.of(low, high), bottoms.total - bottoms.of(low, high)
    return tops.of(low, high) / inside, (tops.total - tops.of(low, high)) / outside


def _likelihood_ratio(tops: _Sums, bottoms: _Sums, low: int, high: int, direction: int) -> float:
    top, bottom = tops.of(low, high), bottoms.of(low, high)
    rest_top, rest_bottom = tops.total - top, bottoms.total - bottom
    if bottom <= 0 or rest_bottom <= 0 or rest_top <= 0:
        return 0.0
    difference = top / bottom - rest_top / rest_bottom
    if difference * direction <= 0:
        return 0.0
    overall = tops.total / bottoms.total
    inside = top * math.log(top / bottom / overall) if top > 0 else 0.0
    return inside + rest_top * math.log(rest_top / rest_bottom / overall)


def _dispersion(numerators: Sequence[float], exposures: Sequence[float], inside: float, outside: float, low: int, high: int) -> float:
    """Pearson's: how many times as much days vary as counts would by chance; at least 1."""
    squares = 0.0
    for place, (numerator, exposure) in enumerate(zip(numerators, exposures, strict=True)):
        expected = exposure * (inside if low <= place < high else outside)
        if expected > 0:
            squares += (numerator - expected) ** 2 / expected
    return max(1.0, squares / (len(numerators) - 2))


def change_within(signal: Signal, numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float]:
    """Relative change of another rate over a signal's stretch against the days before it, and its z-value over Poisson chance and dispersion."""
    low, high = signal.start, signal.end
    top, bottom = sum(numerators[low:high]), sum(denominators[low:high])
    rest_top, rest_bottom = sum(numerators[:low]), sum(denominators[:low])
    if min(bottom, rest_bottom, rest_top) <= 0:
        return 0.0, 0.0
    change = top / bottom / (rest_top / rest_bottom) - 1
    inside, outside = top / bottom, rest_top / rest_bottom
    dispersion = _dispersion(numerators[:high], denominators[:high], inside, outside, low, high) if high > 2 else 1.0
    error = math.sqrt(dispersion * (1 / max(top, 0.5) + 1 / rest_top))
    return change, math.log(max(top, 0.5) / bottom / outside) / error


def price_change(days: Sequence[int], costs: Sequence[float], counts: Sequence[float]) -> Signal | None:
    """The stretch in which a unit (click, impression) costs more at the same spend; costs above 0, counts above 0.

    With diminishing returns a unit's price moves with what is spent a day; that effect is taken out first, by the slope of the day-to-day
    differences of log price on those of log cost, which a change of level touches on one day only.
    """
    count = len(days)
    if count < LEAST_BEFORE + SHORTEST:
        return None
    prices = [math.log(cost / number) for cost, number in zip(costs, counts, strict=True)]
    spends = [math.log(cost) for cost in costs]
    slope = spend_effect(prices, spends)
    adjusted = [math.exp(price - slope * spend) for price, spend in zip(prices, spends, strict=True)]
    factors = weekday_factors(days, adjusted, [1.0] * count)
    values = [math.log(value / factors[day % 7]) for day, value in zip(days, adjusted, strict=True)]
    sums = _Sums(values)

    def gain(low: int, high: int) -> float:
        size = high - low
        difference = sums.of(low, high) / size - (sums.total - sums.of(low, high)) / (count - size)
        return difference * math.sqrt(size * (count - size) / count) if difference > 0 else 0.0

    low, high = _best_stretch(count, lambda start, end: 50 * gain(start, end))
    inside, outside = sums.of(low, high) / (high - low), (sums.total - sums.of(low, high)) / (count - high + low)
    spread = _spread([value - (inside if low <= place < high else outside) for place, value in enumerate(values)])
    return Signal(low, high, math.exp(inside - outside) - 1, gain(low, high) / spread) if gain(low, high) > 0 and spread > 0 else None


def spend_effect(prices: Sequence[float], spends: Sequence[float]) -> float:
    """Slope of log price on log spend, from day-to-day differences; 0 where spend hardly varies."""
    moves = [later - earlier for earlier, later in pairwise(spends)]
    answers = [later - earlier for earlier, later in pairwise(prices)]
    moved = sum(move * move for move in moves)
    if len(moves) < LEAST_STEPS_OF_COST or moved < 0.0025 * len(moves):
        return 0.0
    slope = sum(move * answer for move, answer in zip(moves, answers, strict=True)) / moved
    return min(max(slope, 0.0), MOST_SPEND_EFFECT)


def _spread(residuals: Sequence[float]) -> float:
    return math.sqrt(sum(value * value for value in residuals) / (len(residuals) - 2))


@dataclass(frozen=True, slots=True)
class Slide:
    """A gradual decline from day `start` on, reaching `change` (a fraction) at the end; `is_gradual`: it fits better than a sudden step."""

    start: int
    change: float
    is_gradual: bool


def slide(numerators: Sequence[float], denominators: Sequence[float]) -> Slide | None:
    """The slide of a rate that fits best: level until a day, then a straight decline over 14, 28 or 84 days, then level.

    Least squares weighted by denominators, over all starts; compared with the best sudden step.
    Source: Hinkley, Biometrika 56 (1969) 495-504 (two-phase regression).
    """
    count = len(numerators)
    if count < LEAST_BEFORE + SHORTEST or sum(numerators) <= 0:
        return None
    fit = _Fit(numerators, denominators)
    starts = range(SHORTEST + 2, count - SHORTEST)
    loss, fitted, start = min((*fit.ramp(start, length), start) for start in starts for length in RAMP_LENGTHS)
    sudden = min(fit.ramp(start, 1)[0] for start in starts)
    return Slide(start, fitted, loss <= sudden) if fitted < 0 else None


class _Fit:
    """Least squares of a rate on level + slope * ramp, days weighted by their denominators; the sums that no ramp changes are kept."""

    def __init__(self, numerators: Sequence[float], denominators: Sequence[float]) -> None:
        self._tops, self._weights = numerators, denominators
        self._total = sum(denominators)
        self._mean = sum(numerators) / self._total
        squares = [top * top / bottom for top, bottom in zip(numerators, denominators, strict=True) if bottom > 0]
        self._whole = sum(squares) - self._mean * self._mean * self._total

    def ramp(self, start: int, length: int) -> tuple[float, float]:
        """Squared error, and the relative change at the end of the series, of a ramp that begins on a day and takes `length` days."""
        steps, squared = _ramp(length, len(self._tops))
        weights = self._weights[start:]
        middle = sum(map(mul, weights, steps)) / self._total
        along = sum(map(mul, weights, squared)) - middle * middle * self._total
        across = sum(map(mul, self._tops[start:], steps)) - middle * self._mean * self._total
        slope = across / along if along > 0 else 0.0
        level = self._mean - slope * middle
        return self._whole - slope * across, slope * steps[len(weights) - 1] / level if level > 0 else 0.0


@lru_cache(maxsize=64)
def _ramp(length: int, days: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The ramp's height on its days, and the squares."""
    steps = tuple(min(1.0, (day + 1) / length) for day in range(days))
    return steps, tuple(step * step for step in steps)
