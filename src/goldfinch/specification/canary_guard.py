"""The evidence that a breach of the plain rule must have before anything is rolled back, where metrics carry counts. Source: C28, A2.

Windows overlap from look to look, and evidence counts nothing twice: only windows that begin where the last one ended are taken in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from goldfinch.core.health.check import assess, begin, take, thresholds_ms
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, GatedMetric, HealthRules
from goldfinch.core.health.outcome import Assessment, Call, MetricState
from goldfinch.core.health.state import HealthState
from goldfinch.core.rollout.plan import Step
from goldfinch.core.statistics.histogram import LogHistogram
from goldfinch.specification.canary_health import Samples

_FIELDS = {ERROR_RATE.name: "error_rate", P95_LATENCY.name: "p95_latency", EVALUATION_SCORE.name: "avg_evaluation_score"}
"""Gated metric → the field of `Metrics` that it is about."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Where monotonic seconds are counted from: only differences mean something."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What was counted of one rollout. A value: `with_window` returns a new one."""

    rules: HealthRules
    steps: tuple[Step, ...]
    state: HealthState
    taken_until_s: float = float("-inf")

    @property
    def fields(self) -> frozenset[str]:
        """The fields of `Metrics` that are judged by evidence."""
        return frozenset(_FIELDS[metric.name] for metric in self.rules.metrics)

    def with_window(self, canary: Samples, baseline: Samples, *, step: int, start_s: float, end_s: float) -> Guard:
        """One window more, from `start_s` to `end_s` on the monotonic clock; the same guard where it overlaps the last one taken."""
        if start_s < self.taken_until_s:
            return self
        interval = self._interval(canary, baseline, step, _at(start_s), _at(end_s))
        return replace(self, state=take(self.rules, self.state, interval), taken_until_s=end_s)

    def assessment(self, step: int, now_s: float) -> Assessment:
        """What the evidence of the whole rollout says now."""
        return assess(self.rules, self.state, now=_at(now_s), step=step)

    def _interval(self, canary: Samples, baseline: Samples, step: int, start: datetime, end: datetime) -> Interval:
        taus = thresholds_ms(self.rules, self.state)
        gated = {metric.name for metric in self.rules.metrics}
        stratum = StratumInterval(
            stratum=step,
            counts={ERROR_RATE.name: _failures(canary, baseline)} if ERROR_RATE.name in gated else {},
            quantiles={P95_LATENCY.name: _latencies(canary, baseline, taus.get(P95_LATENCY.name))} if P95_LATENCY.name in gated else {},
            scores={EVALUATION_SCORE.name: ScoreValues(tuple(canary.scores or ()), tuple(baseline.scores or ()))}
            if EVALUATION_SCORE.name in gated
            else {},
        )
        return Interval(start, end, step, self.steps[step].weight_percent / 100, (stratum,))


def guard_for(rules: HealthRules, steps: Iterable[Step], canary: Samples, baseline: Samples) -> Guard | None:
    """A guard over the metrics of which both arms carry counts; None where there are none."""
    gated = tuple(metric for metric in rules.metrics if _has(canary, metric) and _has(baseline, metric))
    if not gated:
        return None
    planned, narrowed = tuple(steps), replace(rules, metrics=gated)
    return Guard(narrowed, planned, begin(narrowed, steps=planned))


def confirmed(assessment: Assessment) -> frozenset[str]:
    """The fields of `Metrics` whose breach has evidence; all of them where the evidence speaks of the canary as a whole."""
    if assessment.call is not Call.ROLL_BACK:
        return frozenset()
    found = frozenset(_FIELDS[check.metric] for check in assessment.checks if check.state is MetricState.BREACH and check.metric in _FIELDS)
    return found or frozenset(_FIELDS.values())


def _has(samples: Samples, metric: GatedMetric) -> bool:
    counted = {ERROR_RATE.name: samples.failed, P95_LATENCY.name: samples.latencies_ms, EVALUATION_SCORE.name: samples.scores}
    return counted.get(metric.name) is not None


def _failures(canary: Samples, baseline: Samples) -> PairCounts:
    return PairCounts(canary.sessions, canary.failed or 0, baseline.sessions, baseline.failed or 0)


def _latencies(canary: Samples, baseline: Samples, tau: float | None) -> QuantileCounts:
    ours, theirs = canary.latencies_ms or (), baseline.latencies_ms or ()
    if tau is None:
        return QuantileCounts(None, PairCounts(), _histogram(ours), _histogram(theirs))
    exceeding = PairCounts(len(ours), sum(value > tau for value in ours), len(theirs), sum(value > tau for value in theirs))
    return QuantileCounts(tau, exceeding, _histogram(ours), _histogram(theirs))


def _histogram(values_ms: Iterable[float]) -> LogHistogram:
    histogram = LogHistogram()
    for value in values_ms:
        histogram.add(value)
    return histogram


def _at(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
