"""The counts of one stratum while an interval is open, and the stratum of the interval that they become."""

from __future__ import annotations

from collections.abc import Mapping

from goldfinch.core.health.interval import PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.health.metrics import GatedMetric, MetricKind
from goldfinch.core.statistics.histogram import LogHistogram


class MeteredMetrics:
    """The metrics of a rollout by kind, in the order in which tallies keep their counts."""

    __slots__ = ("all_measured", "counts", "quantile_names", "quantiles", "score_names", "scores")

    def __init__(self, metrics: tuple[GatedMetric, ...]) -> None:
        self.counts = tuple(metric for metric in metrics if metric.kind is MetricKind.COUNT)
        self.quantiles = tuple(metric for metric in metrics if metric.kind is MetricKind.QUANTILE)
        self.scores = tuple(metric for metric in metrics if metric.kind is MetricKind.SCORE)
        self.quantile_names = frozenset(metric.name for metric in self.quantiles)
        self.score_names = frozenset(metric.name for metric in self.scores)
        self.all_measured = self.quantile_names | self.score_names


class ArmTally:
    """What the sessions of one arm and one stratum did in the open interval."""

    __slots__ = ("bad_before", "exceeding", "histogram", "judge_failures", "judged", "late_units", "newly_bad", "scores", "sessions")

    def __init__(self, metered: MeteredMetrics) -> None:
        self.sessions = 0
        """Sessions with a finished request."""
        self.bad_before = [0] * len(metered.counts)
        """Those of them that are no longer at risk, per count metric."""
        self.newly_bad = [0] * len(metered.counts)
        self.late_units = [0] * len(metered.counts)
        """Sessions without a finished request that turned bad by what became known of an earlier one."""
        self.histogram = LogHistogram()
        """Latencies of the measured turns, the same for every quantile metric."""
        self.exceeding = [0] * len(metered.quantiles)
        self.scores: tuple[list[float], ...] = tuple([] for _ in metered.scores)
        self.judged = [0] * len(metered.scores)
        self.judge_failures = [0] * len(metered.scores)


def stratum_interval(
    stratum: int, stable: ArmTally, canary: ArmTally, metered: MeteredMetrics, thresholds_ms: Mapping[str, float]
) -> StratumInterval:
    """Both arms of a stratum side by side; the tallies are handed over and must not be counted into any more."""
    return StratumInterval(
        stratum,
        counts={metric.name: _at_risk(stable, canary, at) for at, metric in enumerate(metered.counts)},
        quantiles={
            metric.name: _quantile(stable, canary, at, thresholds_ms.get(metric.name)) for at, metric in enumerate(metered.quantiles)
        },
        scores={metric.name: _scores(stable, canary, at) for at, metric in enumerate(metered.scores)},
    )


def _at_risk(stable: ArmTally, canary: ArmTally, at: int) -> PairCounts:
    return PairCounts(
        canary_units=canary.sessions - canary.bad_before[at] + canary.late_units[at],
        canary_bad=canary.newly_bad[at],
        stable_units=stable.sessions - stable.bad_before[at] + stable.late_units[at],
        stable_bad=stable.newly_bad[at],
    )


def _quantile(stable: ArmTally, canary: ArmTally, at: int, threshold_ms: float | None) -> QuantileCounts:
    exceeding = PairCounts()
    if threshold_ms is not None:
        exceeding = PairCounts(canary.histogram.count, canary.exceeding[at], stable.histogram.count, stable.exceeding[at])
    return QuantileCounts(threshold_ms, exceeding, canary.histogram, stable.histogram)


def _scores(stable: ArmTally, canary: ArmTally, at: int) -> ScoreValues:
    failures = PairCounts(canary.judged[at], canary.judge_failures[at], stable.judged[at], stable.judge_failures[at])
    return ScoreValues(tuple(canary.scores[at]), tuple(stable.scores[at]), failures)
