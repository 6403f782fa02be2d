"""Percentiles of latency with intervals that do not assume any shape, and know that requests of one iteration are alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, lgamma, log, sqrt

LEAST_REQUESTS = {0.95: 200, 0.99: 1000}
"""Requests below which a percentile is not given an interval to decide by. Source: STATISTICS A3."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Quantile:
    """A percentile in the unit of its values, with its 95 % interval; None where the values are too few to bound it."""

    value: float
    low: float | None
    high: float | None
    count: int


def quantile(ordered: Sequence[float], q: float) -> float:
    """The smallest of the sorted values that at least a share `q` of them does not exceed (nearest rank)."""
    if not ordered:
        raise ValueError("of no values there is no quantile")
    return ordered[max(ceil(q * len(ordered) - 1e-9) - 1, 0)]


def bounded_quantile(groups: Sequence[Sequence[float]], q: float, confidence: float = 0.95) -> Quantile | None:
    """The `q` quantile of all values together. None where there are none.

    The interval lies between two order statistics (binomial, exact for independent values). Values of one iteration are alike (a stall
    hits many), so with five iterations or more the count is first divided by the design effect of the share below the quantile.
    Source: Woodruff, J. Am. Stat. Assoc. 47 (1952), 635-646; Hahn and Meeker, Statistical Intervals (1991), 5.2.
    """
    ordered = sorted(value for group in groups for value in group)
    if not ordered:
        return None
    value = quantile(ordered, q)
    low, high = _ranks(len(ordered), q, _design_effect(groups, value, q), confidence)
    return Quantile(value, None if low is None else ordered[low], None if high is None else ordered[high], len(ordered))


def binomial_ranks(n: int, q: float, confidence: float) -> tuple[int | None, int | None]:
    """Zero-based ranks of the order statistics that bound the `q` quantile, half of the error on each side; None where none does."""
    tail = (1 - confidence) / 2
    spread = 10 * sqrt(n * q * (1 - q)) + 20
    first, last = max(0, floor(n * q - spread)), min(n, ceil(n * q + spread))
    below, low, high = 0.0, None, None
    for successes in range(first, last + 1):
        below += _binomial(n, successes, q)
        if below <= tail + _TINY:
            low = successes
        if high is None and below >= 1 - tail - _TINY:
            high = successes
            break
    return low, high if high is not None and high < n else None


def _ranks(n: int, q: float, design_effect: float, confidence: float) -> tuple[int | None, int | None]:
    effective = max(1, floor(n / design_effect))
    low, high = binomial_ranks(effective, q, confidence)
    if effective == n:
        return low, high
    return None if low is None else floor(low * n / effective), None if high is None else min(n - 1, ceil((high + 1) * n / effective) - 1)


def _design_effect(groups: Sequence[Sequence[float]], value: float, q: float) -> float:
    """How much more the share of values at or below `value` varies between iterations than it would between independent draws."""
    filled = [sorted(group) for group in groups if group]
    if len(filled) < 5:
        return 1.0
    shares = [(bisect_right(group, value) / len(group), len(group)) for group in filled]
    total = sum(size for _, size in shares)
    mean = sum(share * size for share, size in shares) / total
    k = len(shares)
    between = k / (k - 1) * sum((size / total) ** 2 * (share - mean) ** 2 for share, size in shares)
    return max(1.0, between / (q * (1 - q) / total))


def _binomial(n: int, k: int, p: float) -> float:
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))
