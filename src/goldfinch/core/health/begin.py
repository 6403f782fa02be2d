"""The health of a rollout before anything is measured."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from goldfinch.core.health import limits
from goldfinch.core.health.counts import CountEvidence, alternatives
from goldfinch.core.health.failures import HealthStateUnreadable, RulesUnusable
from goldfinch.core.health.metrics import GatedMetric, HealthRules, MetricKind
from goldfinch.core.health.mixing import Rows, fresh
from goldfinch.core.health.quantiles import Latencies, QuantileEvidence
from goldfinch.core.health.scores import BETS, ScoreEvidence
from goldfinch.core.health.state import Evidence, HealthState


class BakingStep(Protocol):
    """A step of a plan, as far as health has to know it."""

    @property
    def weight_percent(self) -> int: ...

    @property
    def bake(self) -> timedelta: ...


def begin(rules: HealthRules, *, steps: Iterable[BakingStep], first_release: bool = False) -> HealthState:
    """E = 1 for every metric. `steps` are those of the plan; the ones that bake are the planned starts of the evidence.

    `first_release`: there is no stable arm, and only absolute limits act. Raises `RulesUnusable`.
    """
    check_rules(rules)
    starts = tuple(index for index, step in enumerate(steps) if step.bake > timedelta(0)) or (0,)
    by_name = {metric.name: metric for metric in rules.metrics}
    return HealthState(
        starts=starts,
        metrics={metric.name: _nothing_known(metric, len(starts)) for metric in rules.metrics},
        limits={name: fresh(len(starts) + 1, limits.alternatives(by_name[name])) for name in rules.absolute_limits},
        first_release=first_release,
    )


def check_rules(rules: HealthRules) -> None:
    """Raises `RulesUnusable` where the rules contradict themselves."""
    names = [metric.name for metric in rules.metrics]
    if len(set(names)) < len(names):
        raise RulesUnusable(f"health: two metrics of one name in {', '.join(names)}")
    if unknown := sorted(set(rules.absolute_limits) - set(names)):
        raise RulesUnusable(f"health: an absolute limit for {unknown[0]!r}, which is not gated", hint=f"gated are {', '.join(names)}")
    if not 0 < rules.alpha < 1:
        raise RulesUnusable(f"health: alpha must lie between 0 and 1, got {rules.alpha:g}")
    for metric in rules.metrics:
        _check_metric(metric)


def _check_metric(metric: GatedMetric) -> None:
    lower_is_worse = metric.kind is MetricKind.SCORE and metric.cap is None
    if metric.guard <= 0 or (metric.guard > 1 if lower_is_worse else metric.guard < 1):
        side = "at most 1: the share of the stable mean" if lower_is_worse else "at least 1: the factor on the stable value"
        raise RulesUnusable(f"health: the guard of {metric.name} must be {side}, got {metric.guard:g}")
    if metric.cap is not None and metric.cap <= 0:
        raise RulesUnusable(f"health: the cap of {metric.name} must be more than 0, got {metric.cap:g}")
    if metric.kind is MetricKind.QUANTILE and not 0 < metric.quantile < 1:
        raise RulesUnusable(f"health: the quantile of {metric.name} must lie between 0 and 1, got {metric.quantile:g}")
    if metric.kind is not MetricKind.SCORE and not 0 < metric.null_ratio < 20:
        raise RulesUnusable(f"health: the null ratio of {metric.name} must lie between 0 and 20, got {metric.null_ratio:g}")


def _nothing_known(metric: GatedMetric, starts: int) -> Evidence:
    if metric.kind is MetricKind.COUNT:
        return CountEvidence(_fresh_counts(starts, metric.null_ratio))
    if metric.kind is MetricKind.QUANTILE:
        pooled = Latencies()
        return QuantileEvidence(_fresh_counts(starts, metric.null_ratio), pooled=pooled, present=pooled)
    return ScoreEvidence(fresh(starts, len(BETS)), CountEvidence(_fresh_counts(starts, 1.0)))


def _fresh_counts(starts: int, null_ratio: float) -> Rows:
    return fresh(starts, len(alternatives(null_ratio)))


_KINDS = {MetricKind.COUNT: CountEvidence, MetricKind.QUANTILE: QuantileEvidence, MetricKind.SCORE: ScoreEvidence}


def check_fits(rules: HealthRules, state: HealthState) -> None:
    """Raises `HealthStateUnreadable` where the state is of other rules: evidence is never carried over to another question."""
    fits = len(state.metrics) == len(rules.metrics) and state.limits.keys() == rules.absolute_limits.keys()
    for metric in rules.metrics:
        evidence = state.metrics.get(metric.name)
        entries = len(BETS) if metric.kind is MetricKind.SCORE else len(alternatives(metric.null_ratio))
        fits = fits and evidence is not None and type(evidence) is _KINDS[metric.kind] and len(evidence.rows[0]) == entries
    if not fits:
        raise HealthStateUnreadable(
            "the saved evidence is of other rules than the rollout's", hint="changed rules begin anew: abort the rollout and start it again"
        )
