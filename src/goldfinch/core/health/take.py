"""An interval taken in: a new health state, in a time that does not depend on how much was seen before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from goldfinch.core.health import counts, limits, quantiles, scores
from goldfinch.core.health.begin import check_fits
from goldfinch.core.health.counts import NOTHING, CountEvidence, added
from goldfinch.core.health.fast_path import kept
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval, Unreadable
from goldfinch.core.health.metrics import GatedMetric, HealthRules
from goldfinch.core.health.mixing import Row, Rows, fed, together
from goldfinch.core.health.plausible import check_plausible
from goldfinch.core.health.quantiles import Latencies, QuantileEvidence
from goldfinch.core.health.sample_ratio import counted
from goldfinch.core.health.scores import ScoreEvidence, Sums
from goldfinch.core.health.silence import heard
from goldfinch.core.health.state import Evidence, HealthState

_SAFETY_KEPT, _SAFETY_LENGTH, _REASON_LENGTH = 5, 200, 300


def take(rules: HealthRules, state: HealthState, interval: Interval) -> HealthState:
    """The state after one more interval; `state` stays as it is. Raises `ImpossibleMeasurement`, and then nothing was taken."""
    check_fits(rules, state)
    check_plausible(rules, interval)
    ordered = replace(interval, strata=tuple(sorted(interval.strata, key=attrgetter("stratum"))))
    taking = _Taking(state, ordered)
    return HealthState(
        starts=state.starts,
        metrics={metric.name: taking.evidence(metric) for metric in rules.metrics},
        limits=_limits(rules, state, ordered),
        first_release=state.first_release,
        step=interval.step,
        share=interval.canary_share,
        intervals=state.intervals + 1,
        probe_intervals=state.probe_intervals + interval.probes,
        measured_until=interval.end,
        checks=kept(rules, state.checks, ordered),
        silence=heard(rules, state.silence, ordered),
        sample_ratio=counted(state.sample_ratio, ordered),
        safety=(*state.safety, *(words[:_SAFETY_LENGTH] for words in interval.safety_breaches))[:_SAFETY_KEPT],
        canary_sessions=state.canary_sessions + interval.canary_sessions,
        stable_sessions=state.stable_sessions + interval.stable_sessions,
        unpinned=state.unpinned + interval.unpinned,
    )


def could_not_read(state: HealthState, unreadable: Unreadable) -> HealthState:
    """The source did not answer: since when is kept, and nothing is read as 0."""
    if state.unknown_since is not None and state.unknown_since <= unreadable.at:
        return replace(state, unknown_reason=unreadable.reason[:_REASON_LENGTH])
    return replace(state, unknown_since=unreadable.at, unknown_reason=unreadable.reason[:_REASON_LENGTH])


class _Taking:
    """One interval, its strata in order, and the state before it."""

    def __init__(self, state: HealthState, interval: Interval) -> None:
        self.state, self.interval = state, interval
        self.new_step = interval.step != state.step or state.intervals == 0

    def evidence(self, metric: GatedMetric) -> Evidence:
        before, strata = self.state.metrics[metric.name], self.interval.strata
        if isinstance(before, CountEvidence):
            return self._count(before, [part.counts[metric.name] for part in strata if metric.name in part.counts], metric.null_ratio)
        if isinstance(before, QuantileEvidence):
            return self._quantile(before, metric, strata)
        return self._score(before, metric, strata)

    def _count(self, before: CountEvidence, pairs: list[PairCounts], null_ratio: float) -> CountEvidence:
        total, stage = self._tallies(before.total, before.stage, pairs)
        return CountEvidence(self._fed(before.rows, [counts.log_gain(pair, null_ratio) for pair in pairs]), total, stage)

    def _quantile(self, before: QuantileEvidence, metric: GatedMetric, strata: Sequence[StratumInterval]) -> QuantileEvidence:
        parts = [part.quantiles[metric.name] for part in strata if metric.name in part.quantiles]
        judged = [part for part in parts if part.threshold_ms is not None]
        pairs = [part.exceeding for part in judged]
        total, stage = self._tallies(before.total, before.stage, pairs)
        pooled = quantiles.with_more(before.pooled, parts)
        return QuantileEvidence(
            self._fed(before.rows, [counts.log_gain(pair, metric.null_ratio) for pair in pairs]),
            total,
            stage,
            pooled,
            self._present(before, pooled, parts),
            judged[-1].threshold_ms if judged else before.threshold_ms,
        )

    def _present(self, before: QuantileEvidence, pooled: Latencies, parts: list[QuantileCounts]) -> Latencies:
        if self.new_step:
            return quantiles.with_more(Latencies(), parts) if self.state.intervals else pooled
        return pooled if before.present is before.pooled else quantiles.with_more(before.present, parts)

    def _score(self, before: ScoreEvidence, metric: GatedMetric, strata: Sequence[StratumInterval]) -> ScoreEvidence:
        found = [(part.stratum, part.scores[metric.name]) for part in strata if metric.name in part.scores]
        if metric.cap is not None:
            found = [
                (at, replace(new, canary=scores.rescaled(new.canary, metric), stable=scores.rescaled(new.stable, metric)))
                for at, new in found
            ]
        values = [new for _, new in found]
        blocks = scores.joined(before.waiting, found)
        closed = [block for block in blocks if block.canary and block.stable]
        mean = scores.expected_mean(before)
        summed = scores.with_more(Sums(), [ScoreValues(block.canary, block.stable) for block in closed])
        return ScoreEvidence(
            self._fed(before.rows, [scores.log_gain(block, mean) for block in closed]),
            self._count(before.judge_failures, [new.failures for new in values], 1.0),
            scores.with_more(before.total, values),
            scores.with_more(Sums() if self.new_step else before.stage, values),
            before.earlier + summed.canary + summed.stable,
            before.earlier_sum + (summed.canary_sum + summed.stable_sum),
            tuple(block for block in blocks if not (block.canary and block.stable)),
        )

    def _tallies(self, total: PairCounts, stage: PairCounts, pairs: list[PairCounts]) -> tuple[PairCounts, PairCounts]:
        return added(total, pairs), added(NOTHING if self.new_step else stage, pairs)

    def _fed(self, rows: Rows, gains: Sequence[Row | None]) -> Rows:
        found = [gain for gain in gains if gain is not None]
        return fed(rows, self.state.starts, self.interval.step, together(found)) if found else rows


def _limits(rules: HealthRules, state: HealthState, interval: Interval) -> dict[str, Rows]:
    starts = limit_starts(state.starts)
    taken = dict(state.limits)
    for metric in rules.metrics:
        if metric.name in taken and (gain := limits.log_gain(metric, rules.absolute_limits[metric.name], interval.strata)) is not None:
            taken[metric.name] = fed(taken[metric.name], starts, interval.step, gain)
    return taken


def limit_starts(starts: tuple[int, ...]) -> tuple[int, ...]:
    """Absolute limits go on after promotion: a start of their own, so that a quiet canary does not hide a loud release."""
    return (*starts, starts[-1] + 1)
