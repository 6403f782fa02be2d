"""Is the canary worse than a limit that holds by itself? One arm against a fixed value: all there is without a stable arm.

The same bets as in the comparison, against a known rate or mean: evidence that holds at every look, not a point estimate that crosses a
line by chance. Counts: r^x / (1 + (r-1) p0)^n, whose expectation is at most 1 where the rate is at most p0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log1p

from goldfinch.core.health.counts import RATIOS
from goldfinch.core.health.interval import StratumInterval
from goldfinch.core.health.metrics import GatedMetric, MetricKind
from goldfinch.core.health.mixing import Row
from goldfinch.core.health.scores import BETS, rescaled


def log_gain(metric: GatedMetric, limit: float, strata: Sequence[StratumInterval]) -> Row | None:
    """What an interval adds, per alternative; None: the canary did nothing that could be measured."""
    if metric.kind is MetricKind.COUNT:
        pairs = [part.counts[metric.name] for part in strata if metric.name in part.counts]
        return _rate_gain(sum(pair.canary_bad for pair in pairs), sum(pair.canary_units for pair in pairs), limit)
    if metric.kind is MetricKind.QUANTILE:
        latencies = [part.quantiles[metric.name].canary for part in strata if metric.name in part.quantiles]
        return _rate_gain(sum(part.above(limit) for part in latencies), sum(part.count for part in latencies), 1 - metric.quantile)
    scores = [score for part in strata if metric.name in part.scores for score in rescaled(part.scores[metric.name].canary, metric)]
    return _mean_gain(scores, limit if metric.cap is None else 1 - min(limit, metric.cap) / metric.cap)


def alternatives(metric: GatedMetric) -> int:
    """Entries of a row."""
    return len(BETS) if metric.kind is MetricKind.SCORE else len(RATIOS)


def _rate_gain(bad: int, units: int, limit: float) -> Row | None:
    if units == 0:
        return None
    return tuple([bad * log(ratio) - units * log1p((ratio - 1) * limit) for ratio in RATIOS])


def _mean_gain(scores: list[float], limit: float) -> Row | None:
    if not scores:
        return None
    most = 0.9 / max(1 - limit, 0.1)
    return tuple([sum(log1p(min(bet, most) * (limit - score)) for score in scores) for bet in BETS])
