"""Is the canary slower? How many units of each arm exceed the stable arm's quantile as it was known before the interval.

Two quantiles are never compared for evidence: below some 900 units a p95 has no upper bound. Source: STATISTICS A2, p95.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from goldfinch.core.health.counts import NOTHING
from goldfinch.core.health.interval import PairCounts, QuantileCounts
from goldfinch.core.health.mixing import Rows
from goldfinch.core.statistics.histogram import LogHistogram

MIN_FOR_THRESHOLD = 100
"""Stable latencies below which tau is not known well enough to bet on."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Pooled latencies of both arms, for the threshold, the guard and the display."""

    canary: LogHistogram = field(default_factory=LogHistogram)
    stable: LogHistogram = field(default_factory=LogHistogram)


@dataclass(frozen=True, slots=True)
class QuantileEvidence:
    """What is known of one quantile metric."""

    rows: Rows
    total: PairCounts = field(default=NOTHING)
    """Units measured against a threshold, and those beyond it."""
    stage: PairCounts = field(default=NOTHING)
    pooled: Latencies = field(default_factory=Latencies)
    present: Latencies = field(default_factory=Latencies)
    """Since the present step began; the same object as `pooled` in the first one."""
    threshold_ms: float | None = None
    """The last tau that was used."""


def next_threshold_ms(evidence: QuantileEvidence, quantile: float) -> float | None:
    """tau of the interval that begins now; None: too few stable latencies so far."""
    stable = evidence.pooled.stable
    return stable.quantile(quantile) if stable.count >= MIN_FOR_THRESHOLD else None


def with_more(before: Latencies, counts: list[QuantileCounts]) -> Latencies:
    """The latencies of an interval taken in; `before` stays as it is."""
    canary, stable = before.canary.copy(), before.stable.copy()
    for count in counts:
        canary.merge(count.canary)
        stable.merge(count.stable)
    return Latencies(canary, stable)
