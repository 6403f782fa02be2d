"""Intervals for the two things that an evaluation reports: a share of cases, and a mean over cases."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist

from goldfinch.core.statistics.student_t import student_t_quantile


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies, at the confidence that was asked for; both ends included, in the unit of the value."""

    low: float
    high: float


UNIT = Interval(0.0, 1.0)
"""Where a score or a rate can lie at all."""


def wilson_interval(passed: float, total: int, confidence: float = 0.95) -> Interval:
    """Bound a true pass rate, as fractions of one. `total` is at least 1: of no cases there is no rate.

    Chosen over the normal approximation, whose width is zero when every case passes: the usual state of a healthy dataset.
    Source: Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212; Brown, Cai and DasGupta, Statistical Science 16 (2001), 101-133.
    """
    if not 0 <= passed <= total or total < 1:
        raise ValueError(f"passed must lie between 0 and total, and total be at least 1, got {passed} of {total}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, shrink = passed / total, z * z / total
    centre = (rate + shrink / 2) / (1 + shrink)
    half = z * sqrt(rate * (1 - rate) / total + shrink / (4 * total)) / (1 + shrink)
    low = 0.0 if passed == 0 else max(0.0, centre - half)
    high = 1.0 if passed == total else min(1.0, centre + half)
    return Interval(low, high)


def t_interval(mean: float, sd: float, n: int, confidence: float = 0.95, *, within: Interval | None = None) -> Interval | None:
    """Bound a true mean from `n` independent values with sample deviation `sd` (ddof 1), clipped to `within` where given.

    None below two values: one value says nothing about its own spread. The width is 0 when all values are equal.
    Source: Student, Biometrika 6 (1908), 1-25; why t and not a bootstrap on small datasets: Bowyer et al., 2025 (arXiv:2503.01747).
    """
    if n < 2:
        return None
    return t_interval_from_error(mean, sd / sqrt(n), n, confidence, within=within)


def t_interval_from_error(
    mean: float, standard_error: float, n: int, confidence: float = 0.95, *, within: Interval | None = None
) -> Interval | None:
    """`t_interval` for a mean whose standard error is known directly, such as a weighted one (`WeightedMoments`)."""
    if n < 2:
        return None
    if not (isfinite(mean) and isfinite(standard_error) and standard_error >= 0):
        raise ValueError(f"mean and standard error must be finite and the error not negative, got {mean}, {standard_error}")
    half = student_t_quantile((1 + confidence) / 2, n - 1) * standard_error
    low, high = mean - half, mean + half
    if within is None:
        return Interval(low, high)
    return Interval(min(max(low, within.low), within.high), max(min(high, within.high), within.low))


def score_interval(mean: float, standard_error: float, n: int, confidence: float = 0.95) -> Interval | None:
    """`t_interval_from_error` for scores from 0 to 1, with Wilson's interval where all of them are equal.

    There t has width 0, as if three cases proved everything. A score that is 1 every time is a pass every time; of scores in between, no
    distribution on 0 to 1 with their mean varies more than passes and failures do, so the interval is wide enough, and rather too wide.
    """
    if n >= 2 and standard_error == 0 and 0.0 <= mean <= 1.0:
        return wilson_interval(mean * n, n, confidence)
    return t_interval_from_error(mean, standard_error, n, confidence, within=UNIT)
