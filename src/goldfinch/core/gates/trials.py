"""How many further trials would decide, if what was measured stays as it is. An estimate for planning, not a promise."""

from __future__ import annotations

from math import floor, isfinite
from statistics import NormalDist

from goldfinch.core.gates.evidence import Measured

MOST = 1_000_000
"""Beyond it nothing is promised: the value is as good as at its threshold."""


def trials_for_rate(rate: float, threshold: float, count: int, confidence: float = 0.95) -> int | None:
    """Further trials until Wilson's upper bound of `rate`, below `threshold`, is below it too; None where that would take over a million.

    Wilson's interval inverts the score test, so the bound is below t exactly when n > z² t (1 - t) / (t - p)².
    Source: Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212.
    """
    if not 0 <= rate < threshold <= 1:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return _further(z * z * threshold * (1 - threshold) / (threshold - rate) ** 2, count)


def trials_for_mean(measured: Measured, threshold: float) -> int | None:
    """The same for any value whose interval narrows with the square root of the count."""
    value, low, high, count = measured.value, measured.low, measured.high, measured.count
    if value is None or low is None or high is None or not count or value == threshold:
        return None
    half = high - value if threshold > value else value - low
    widths = half / abs(threshold - value)
    return _further(count * widths * widths, count)


def _further(needed: float, count: int) -> int | None:
    if not isfinite(needed) or needed > MOST:
        return None
    return max(1, floor(needed) + 1 - count)
