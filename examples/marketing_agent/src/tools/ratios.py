"""Ratios of sums over days, with intervals that respect that days differ more than chance alone would make them.

Every metric is a ratio of two sums over days, R = sum(y) / sum(x). Days are the sampling unit: the variance of log R is estimated
from the days by the delta method, and is never taken to be smaller than what counting alone explains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from src.tools.distributions import Z95, student_quantile

Aggregation = Literal["ratio_of_sums", "mean_of_ratios"]
MIN_DAYS = 4
"""Fewer days tell nothing about how much days differ; the interval then rests on counting alone."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`numerator` / `denominator`; `events` is the count whose chance limits the precision (None: no count does)."""

    name: str
    numerator: str
    denominator: str | None
    events: str | None
    unit: str
    is_share: bool = False

    @property
    def factor(self) -> float:
        """From the plain ratio to the unit that is told."""
        return 100.0 if self.is_share else 1.0


METRICS = {
    metric.name: metric
    for metric in (
        Metric("ctr", "clicks", "impressions", "clicks", "%", is_share=True),
        Metric("cvr", "conversions", "clicks", "conversions", "%", is_share=True),
        Metric("cpa", "cost", "conversions", "conversions", "currency per conversion"),
        Metric("cpc", "cost", "clicks", None, "currency per click"),
        Metric("roas", "revenue", "cost", "conversions", "currency per currency"),
        Metric("conversions", "conversions", None, "conversions", "conversions per day"),
        Metric("cost", "cost", None, None, "currency per day"),
        Metric("revenue", "revenue", None, "conversions", "currency per day"),
    )
}
RATIOS = ("ctr", "cvr", "cpa", "cpc", "roas")


class Estimate(NamedTuple):
    """A value with its 95 % interval, in the metric's unit; None where it cannot be known."""

    value: float | None
    low: float | None
    high: float | None

    def as_result(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


NOTHING = Estimate(None, None, None)


def estimate(
    metric: Metric,
    numerators: Sequence[float],
    denominators: Sequence[float],
    events: float | None,
    aggregation: Aggregation = "ratio_of_sums",
) -> Estimate:
    """A metric over days: `numerators[i]` and `denominators[i]` are the sums of day i, `events` the count behind it.

    CTR = sum(clicks) / sum(impressions) and CVR = sum(conversions) / sum(clicks), in percent: Wilson's interval at the effective number of
    trials, trials / design effect. CPA = sum(cost) / sum(conversions), CPC = sum(cost) / sum(clicks), ROAS = sum(revenue) / sum(cost):
    value * exp(±t * se(log R)), se by the delta method over days.
    Sources: Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212; Korn and Graubard, Survey Methodology 24 (1998) 193-201 (effective sample size);
    Cochran, Sampling Techniques (1977) ch. 6 (variance of a ratio of sums); Deng et al., KDD 2018 (delta method in metric analytics).
    """
    total, base = sum(numerators), sum(denominators)
    if base <= 0:
        return NOTHING
    if aggregation == "mean_of_ratios":
        return _mean_of_ratios(metric, numerators, denominators)
    ratio = total / base
    spread, reach = log_spread(numerators, denominators, floor_variance(metric, total, base, events))
    if metric.is_share and ratio <= 1:
        low, high = wilson(ratio, base, spread, reach)
    elif ratio <= 0 or spread is None:
        return Estimate(ratio * metric.factor, None, None)
    else:
        low, high = ratio * math.exp(-reach * math.sqrt(spread)), ratio * math.exp(reach * math.sqrt(spread))
    return Estimate(ratio * metric.factor, low * metric.factor, high * metric.factor)


def floor_variance(metric: Metric, total: float, base: float, events: float | None) -> float | None:
    """Variance of log R from counting alone: binomial for shares, Poisson (1 / events) for what conversions drive; None: no count tells."""
    if metric.events is None or not events:
        return None
    if metric.is_share:
        return max(0.0, 1 - total / base) / events
    return 1 / events


def influences(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """How log R would change without each day, to first order: (y / sum(y) - x / sum(x)) / (1 - x / sum(x)).

    The divisor (the jackknife's) keeps days that carry much of the denominator from looking more precise than they are; the variance of
    log R is (n - 1) / n times the sum of squares.
    Source: Efron and Stein, Annals of Statistics 9 (1981) 586-596.
    """
    total, base = sum(numerators), sum(denominators)
    return [(y / total - x / base) / (1 - x / base) if x < base else 0.0 for y, x in zip(numerators, denominators, strict=True)]


def log_spread(numerators: Sequence[float], denominators: Sequence[float], floor: float | None) -> tuple[float | None, float]:
    """Variance of log R and the quantile that makes a 95 % interval of it."""
    days = len(numerators)
    if days < MIN_DAYS or sum(numerators) <= 0:
        return floor, Z95
    variance = (days - 1) / days * sum(part * part for part in influences(numerators, denominators))
    if floor is not None and variance <= floor:
        return floor, Z95
    return variance, student_quantile(days - 1)


def wilson(share: float, trials: float, spread: float | None, reach: float) -> tuple[float, float]:
    """Wilson's interval of a share, at `trials` divided by the design effect that the spread of log(share) implies."""
    counted = (1 - share) / (share * trials) if share > 0 else 0.0
    effect = max(1.0, spread / counted) if spread is not None and counted > 0 else 1.0
    z2 = reach * reach
    shrink = z2 * effect / trials
    centre = (share + shrink / 2) / (1 + shrink)
    half = math.sqrt(shrink * share * (1 - share) + shrink * shrink / 4) / (1 + shrink)
    return max(0.0, centre - half), min(1.0, centre + half)


def _mean_of_ratios(metric: Metric, numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """The mean of the daily ratios, in which a day of ten clicks weighs as much as one of ten thousand.

    `Behaviour.kpi_aggregation` chooses it for the release `wrong-math`; it is the mistake that the release is there to show.
    """
    daily = [y / x for y, x in zip(numerators, denominators, strict=True) if x > 0]
    mean = sum(daily) / len(daily)
    if len(daily) < MIN_DAYS:
        return Estimate(mean * metric.factor, None, None)
    variance = sum((ratio - mean) ** 2 for ratio in daily) / (len(daily) - 1) / len(daily)
    half = student_quantile(len(daily) - 1) * math.sqrt(variance)
    return Estimate(mean * metric.factor, max(0.0, mean - half) * metric.factor, (mean + half) * metric.factor)
