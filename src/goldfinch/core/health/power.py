"""How many canary units a step needs before its silence means something, and what it can see with the traffic there is.

Each figure is the number at which the expected evidence of a difference of the design's size reaches the threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, log, sqrt
from statistics import NormalDist

from goldfinch.core.health.counts import RATIOS
from goldfinch.core.health.metrics import GatedMetric, HealthRules, MetricKind
from goldfinch.core.health.scores import BETS

MIN_RATE = 0.005
"""Nobody knows that a rate is lower than this before traffic has shown it."""
REFERENCE_SIGMA = log(4) / NormalDist().inv_cdf(0.95)
"""Of the logarithm of latency: a p95 four times the median, as of the model calls in STATISTICS A1."""
REFERENCE_MEAN = 0.8
REFERENCE_DEVIATION = 0.2
"""Of judge scores (STATISTICS A1)."""
_QUANTILE_MARGIN = 0.5
"""Standard deviations above the expectation: few exceedances scatter widely, and the simulation needs 100 and 900 units."""
_RUNS = 32
_MOST = 10**12


def needed(
    rules: HealthRules, metric: GatedMetric, *, share: float, stages: int, rate: float | None = None, factor: float | None = None
) -> int:
    """Canary units that a step at `share` needs to see `factor` (default: the metric's design factor).

    `rate` is the stable arm's share of bad units (counts). Source: STATISTICS A2, N_need.
    """
    if not 0 < share < 1:
        return rules.min_units
    threshold = log(evidence_needed(rules))
    ratio, stable_per_canary = factor or metric.design_factor, (1 - share) / share
    if metric.kind is MetricKind.COUNT:
        enough = _for_counts(ratio, max(rate or 0.0, MIN_RATE), stable_per_canary, threshold, stages, null_ratio=metric.null_ratio)
    elif metric.kind is MetricKind.QUANTILE:
        enough = _for_quantiles(ratio, metric.quantile, stable_per_canary, threshold, stages)
    else:
        enough = _for_scores(_worse_mean(metric, ratio), stable_per_canary, threshold, stages)
    return max(rules.min_units, enough)


def evidence_needed(rules: HealthRules) -> float:
    """K / alpha, K being everything that may roll back by evidence."""
    return max(1, len(rules.metrics) + len(rules.absolute_limits)) / rules.alpha


def exceedance_ratio(factor: float, quantile: float) -> float:
    """How many times more units exceed the stable quantile where every latency is `factor` times longer; log-normal latencies."""
    normal = NormalDist()
    return (1 - normal.cdf(normal.inv_cdf(quantile) - log(factor) / REFERENCE_SIGMA)) / (1 - quantile)


def _growth(ratio: float, stable_per_canary: float, null_ratio: float = 1.0) -> float:
    """Expected evidence per expected bad unit of a stable-like canary: r ln(theta_r/theta_0) + n_b/n_c ln((1-theta_r)/(1-theta_0))."""
    spread = log((ratio + stable_per_canary) / (null_ratio + stable_per_canary))
    return ratio * log(ratio / null_ratio) - (ratio + stable_per_canary) * spread


def _for_counts(ratio: float, rate: float, stable_per_canary: float, threshold: float, stages: int, *, null_ratio: float) -> int:
    if ratio <= null_ratio:
        return _MOST
    return _rounded_up((threshold + log(len(RATIOS) * stages)) / (rate * _growth(ratio, stable_per_canary, null_ratio)))


@lru_cache(maxsize=256)
def _for_quantiles(factor: float, quantile: float, stable_per_canary: float, threshold: float, stages: int) -> int:
    """N with N mean - z sqrt(N) deviation = threshold: the count rule on exceedances, half a standard deviation on the safe side."""
    if factor <= 1:
        return _MOST
    rate, ratio = 1 - quantile, exceedance_ratio(factor, quantile)
    spread = log((ratio + stable_per_canary) / (1 + stable_per_canary))
    mean = rate * _growth(ratio, stable_per_canary)
    deviation = sqrt(rate * (ratio * (log(ratio) - spread) ** 2 + stable_per_canary * spread**2))
    wanted = threshold + log(len(RATIOS) * stages)
    root = (_QUANTILE_MARGIN * deviation + sqrt((_QUANTILE_MARGIN * deviation) ** 2 + 4 * mean * wanted)) / (2 * mean)
    return _rounded_up(root**2)


@lru_cache(maxsize=256)
def _for_scores(worse_mean: float, stable_per_canary: float, threshold: float, stages: int) -> int:
    """N at which the best of the bets is expected to pay its share of the threshold: as for counts, per canary score."""
    if worse_mean >= REFERENCE_MEAN:
        return _MOST
    share = 1 / (1 + stable_per_canary)
    mean = min(0.9, max(0.1, worse_mean * share + REFERENCE_MEAN * (1 - share)))
    blocks = list(_blocks(share))
    canary_scores = sum(weight * canary for canary, _, weight in blocks)
    growth = max(sum(weight * _block_growth(bet, canary, stable, mean, worse_mean) for canary, stable, weight in blocks) for bet in BETS)
    return _rounded_up((threshold + log(len(BETS) * stages)) * canary_scores / growth) if growth > 0 else _MOST


def _blocks(share: float) -> Iterator[tuple[int, int, float]]:
    """Canary and stable scores of the blocks that arise where scores come one by one, and how likely: a run of one arm, then the other."""
    for middle in range(_RUNS):
        upto = log(1 - (middle + 0.5) / _RUNS)
        yield 1 + int(upto / log(share)), 1, share / _RUNS
        yield 1, 1 + int(upto / log(1 - share)), (1 - share) / _RUNS


def _block_growth(bet: float, canary: int, stable: int, mean: float, worse_mean: float) -> float:
    staked = min(bet, 0.9 * min(1 / (1 - mean), stable / (canary * mean)))
    per_stable = staked * canary / stable
    of_canary = _expected_log(staked * (mean - worse_mean), staked * REFERENCE_DEVIATION)
    return canary * of_canary + stable * _expected_log(per_stable * (REFERENCE_MEAN - mean), per_stable * REFERENCE_DEVIATION)


def _expected_log(centre: float, deviation: float) -> float:
    """E ln(1 + X), X with this mean and deviation: Gauss-Hermite with three points."""
    side = sqrt(3) * deviation
    return 2 / 3 * log(1 + centre) + sum(log(max(0.1, 1 + centre + way)) for way in (-side, side)) / 6


def _worse_mean(metric: GatedMetric, factor: float) -> float:
    """Mean of a canary that is worse by `factor`; of an amount with a cap, turned round."""
    return REFERENCE_MEAN * factor if metric.cap is None else 1 - (1 - REFERENCE_MEAN) * factor


def _rounded_up(units: float) -> int:
    return ceil(units) if units < _MOST else _MOST
