"""Each gated metric at one check: both arms, their ratio, the evidence, and whether it is a breach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log

from goldfinch.core.health import power, wording
from goldfinch.core.health.counts import NOTHING, CountEvidence, rates
from goldfinch.core.health.interval import PairCounts
from goldfinch.core.health.metrics import GatedMetric, GuardMode, HealthRules, MetricKind
from goldfinch.core.health.mixing import log_evidence
from goldfinch.core.health.outcome import Measured, MetricCheck, MetricState
from goldfinch.core.health.quantiles import MIN_FOR_THRESHOLD, Latencies, QuantileEvidence
from goldfinch.core.health.scores import ScoreEvidence, Sums
from goldfinch.core.health.state import HealthState


@dataclass(frozen=True)
class View:
    """A state as it is looked at in one check."""

    rules: HealthRules
    state: HealthState
    step: int
    after_promotion: bool

    @cached_property
    def comparing(self) -> bool:
        """There is a stable arm beside the canary."""
        return not (self.after_promotion or self.state.first_release)

    @cached_property
    def measured_here(self) -> bool:
        """Something of the present step is known."""
        return self.state.intervals > 0 and self.state.step == self.step

    @cached_property
    def log_threshold(self) -> float:
        return log(power.evidence_needed(self.rules))

    @cached_property
    def figures(self) -> dict[str, Found]:
        """Per gated metric; counted once in a check."""
        return {metric.name: found(self, metric) for metric in self.rules.metrics}

    @cached_property
    def needed(self) -> dict[str, int]:
        """Canary units that promotion needs, per gated metric."""
        return {metric.name: _needed(self, metric, self.figures[metric.name]) for metric in self.rules.metrics}

    def stage(self, stage: PairCounts) -> PairCounts:
        return stage if self.measured_here else NOTHING


@dataclass(frozen=True, slots=True)
class Found:
    """What one metric has come to, before it is put in words."""

    canary: Measured
    stable: Measured
    ratio: float | None
    guard_holds: bool
    log_e: float
    stage_units: int
    """Canary units since the step began."""
    arm_units: tuple[int, int]
    """Canary and stable units of the whole rollout that the evidence rests on."""
    threshold_ms: float | None = None
    rate: float | None = None
    """The stable arm's, of counts."""
    share: float | None = None
    """The canary's of the scores, in tenths: judges may be asked about one arm more often. None: that of the sessions."""


def found(view: View, metric: GatedMetric) -> Found:
    """The figures of one metric."""
    evidence = view.state.metrics[metric.name]
    if isinstance(evidence, CountEvidence):
        return _counted(view, metric, evidence)
    if isinstance(evidence, QuantileEvidence):
        return _quantile(view, metric, evidence)
    return _scored(view, metric, evidence)


def _counted(view: View, metric: GatedMetric, evidence: CountEvidence) -> Found:
    total, stage = evidence.total, view.stage(evidence.stage)
    canary, stable = rates(total)
    return Found(
        Measured(canary, total.canary_units, total.canary_bad),
        Measured(stable, total.stable_units, total.stable_bad),
        _ratio(canary, stable),
        _beyond(metric, canary, stable) or _beyond(metric, *rates(stage)),
        log_evidence(evidence.rows),
        stage.canary_units,
        (total.canary_units, total.stable_units),
        rate=stable,
    )


def _quantile(view: View, metric: GatedMetric, evidence: QuantileEvidence) -> Found:
    canary, stable = _quantiles(evidence.pooled, metric.quantile)
    holds = _beyond(metric, canary, stable)
    if not holds and view.measured_here and evidence.present is not evidence.pooled:
        holds = _beyond(metric, *_quantiles(evidence.present, metric.quantile))
    total, judged = evidence.total, evidence.threshold_ms is not None
    return Found(
        Measured(canary, total.canary_units, total.canary_bad) if judged else Measured(canary, evidence.pooled.canary.count),
        Measured(stable, total.stable_units, total.stable_bad) if judged else Measured(stable, evidence.pooled.stable.count),
        _ratio(canary, stable),
        holds,
        log_evidence(evidence.rows),
        view.stage(evidence.stage).canary_units,
        (total.canary_units, total.stable_units) if view.comparing else (evidence.pooled.canary.count, evidence.pooled.stable.count),
        threshold_ms=evidence.threshold_ms,
    )


def _scored(view: View, metric: GatedMetric, evidence: ScoreEvidence) -> Found:
    stage = evidence.stage if view.measured_here else Sums()
    canary, stable = means(metric, evidence.total)
    return Found(
        Measured(canary, evidence.total.canary),
        Measured(stable, evidence.total.stable),
        _ratio(canary, stable),
        _beyond(metric, canary, stable) or _beyond(metric, *means(metric, stage)),
        log_evidence(evidence.rows),
        stage.canary,
        (evidence.total.canary, evidence.total.stable),
        share=min(0.9, max(0.1, round(stage.canary / (stage.canary + stage.stable), 1))) if stage.canary and stage.stable else None,
    )


def means(metric: GatedMetric, sums: Sums) -> tuple[float | None, float | None]:
    """Means of both arms; of an amount with a cap, the clipped amount again."""
    canary = sums.canary_sum / sums.canary if sums.canary else None
    stable = sums.stable_sum / sums.stable if sums.stable else None
    if metric.cap is None:
        return canary, stable
    cap = metric.cap
    return (None if canary is None else cap * (1 - canary)), (None if stable is None else cap * (1 - stable))


def _quantiles(latencies: Latencies, quantile: float) -> tuple[float | None, float | None]:
    return latencies.canary.quantile(quantile), latencies.stable.quantile(quantile)


def _beyond(metric: GatedMetric, canary: float | None, stable: float | None) -> bool:
    """Whether the point estimate lies beyond the guard."""
    if canary is None or stable is None:
        return False
    higher_is_better = metric.kind is MetricKind.SCORE and metric.cap is None
    return canary < metric.guard * stable if higher_is_better else canary > metric.guard * stable


def _ratio(canary: float | None, stable: float | None) -> float | None:
    return canary / stable if canary is not None and stable else None


def check_of(view: View, metric: GatedMetric) -> MetricCheck:
    """One metric, judged and put in words."""
    figures = view.figures[metric.name]
    limit = view.state.limits.get(metric.name)
    log_e = figures.log_e if view.comparing else log_evidence(limit) if limit is not None else 0.0
    needed = view.needed[metric.name]
    breach = view.comparing and _is_breach(view, figures)
    enough = min(figures.arm_units if view.comparing else figures.arm_units[:1]) >= view.rules.min_units
    enough = enough and (figures.stage_units >= needed or not view.comparing)
    if view.comparing:
        words = f"{wording.compared(metric, figures.canary, figures.stable, figures.ratio)}; {wording.evidence(log_e, view.log_threshold)}"
    else:
        words = wording.alone(metric, figures.canary)
    return MetricCheck(
        metric=metric.name,
        state=MetricState.BREACH if breach else MetricState.OK if enough else MetricState.INSUFFICIENT,
        canary=figures.canary,
        stable=figures.stable,
        ratio=figures.ratio,
        log_e=log_e,
        log_threshold=view.log_threshold,
        guard=metric.guard,
        guard_holds=figures.guard_holds,
        needed=needed,
        reason=words,
        threshold_ms=figures.threshold_ms,
    )


def _is_breach(view: View, figures: Found) -> bool:
    if view.rules.guard is GuardMode.NONE:
        return figures.guard_holds
    return figures.guard_holds and figures.log_e >= view.log_threshold and min(figures.arm_units) >= view.rules.min_units


def _needed(view: View, metric: GatedMetric, figures: Found) -> int:
    if not view.comparing:
        return view.rules.min_units
    share = view.state.share if figures.share is None else figures.share
    return power.needed(view.rules, metric, share=share, stages=len(view.state.starts), rate=figures.rate)


def missing(view: View) -> Iterator[str]:
    """What promotion lacks, metric by metric, in words."""
    for metric in view.rules.metrics:
        figures = view.figures[metric.name]
        canary, stable = figures.arm_units
        least, unit = view.rules.min_units, wording.unit(metric)
        needed = view.needed[metric.name]
        if not view.comparing:
            if canary < least:
                yield f"{metric.name}: {canary:,} of {least:,} canary {unit}"
            continue
        if metric.kind is MetricKind.QUANTILE and figures.threshold_ms is None and figures.stable.units < MIN_FOR_THRESHOLD:
            yield f"{metric.name}: {figures.stable.units:,} of {MIN_FOR_THRESHOLD:,} stable {unit} before a comparison"
        if figures.stage_units < needed:
            yield f"{metric.name}: {figures.stage_units:,} of {needed:,} canary {unit}"
        if stable < least:
            yield f"{metric.name}: {stable:,} of {least:,} stable {unit}"


def judge_failures_differ(view: View) -> str:
    """In words, where the judge fails more often on the canary's answers, so that the scores are not alike; empty: it does not."""
    if not view.comparing:
        return ""
    for metric in view.rules.metrics:
        evidence = view.state.metrics[metric.name]
        if not isinstance(evidence, ScoreEvidence):
            continue
        failures = evidence.judge_failures
        as_count = GatedMetric(f"judge failures of {metric.name}", MetricKind.COUNT, guard=1.05)
        figures = _counted(view, as_count, failures)
        log_e, enough = figures.log_e, min(figures.arm_units) >= view.rules.min_units
        if enough and figures.guard_holds and log_e >= view.log_threshold:
            compared = wording.compared(as_count, figures.canary, figures.stable, figures.ratio).replace("sessions", "answers")
            return f"{compared}; {wording.evidence(log_e, view.log_threshold)}"
    return ""


def beyond_limit(view: View) -> str:
    """In words, the first absolute limit that the canary is beyond by evidence (and by its point estimate); empty: none."""
    for metric in view.rules.metrics:
        rows = view.state.limits.get(metric.name)
        if rows is None:
            continue
        limit, log_e = view.rules.absolute_limits[metric.name], log_evidence(rows)
        value, units = _canary_value(view, metric)
        worse = value is not None and _worse(metric, value, limit)
        proven = view.rules.guard is GuardMode.NONE or (log_e >= view.log_threshold and units >= view.rules.min_units)
        if worse and proven:
            shown = f"{wording.amount(metric, value)} of {units:,} {wording.unit(metric)}"
            return (
                f"{metric.name}: canary {shown}, beyond the absolute limit {wording.amount(metric, limit)}; "
                f"{wording.evidence(log_e, view.log_threshold)}"
            )
    return ""


def _worse(metric: GatedMetric, value: float, limit: float) -> bool:
    return value < limit if metric.kind is MetricKind.SCORE and metric.cap is None else value > limit


def _canary_value(view: View, metric: GatedMetric) -> tuple[float | None, int]:
    """The canary's point estimate: since the step began where it is measured there, else of the whole rollout."""
    evidence = view.state.metrics[metric.name]
    if isinstance(evidence, CountEvidence):
        pair = view.stage(evidence.stage) if view.stage(evidence.stage).canary_units >= view.rules.min_units else evidence.total
        return rates(pair)[0], pair.canary_units
    if isinstance(evidence, QuantileEvidence):
        here = view.measured_here and evidence.present.canary.count >= view.rules.min_units
        latencies = evidence.present.canary if here else evidence.pooled.canary
        return latencies.quantile(metric.quantile), latencies.count
    sums = evidence.stage if view.measured_here and evidence.stage.canary >= view.rules.min_units else evidence.total
    return means(metric, sums)[0], sums.canary
