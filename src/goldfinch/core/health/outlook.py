"""Before a rollout: what each step will be able to see with the traffic there is, and the refusal of one that would see nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from goldfinch.core.health.begin import BakingStep, check_rules
from goldfinch.core.health.failures import TooLittleTraffic
from goldfinch.core.health.metrics import GatedMetric, HealthRules, MetricKind
from goldfinch.core.health.power import needed

_FACTORS = {
    MetricKind.COUNT: (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0),
    MetricKind.QUANTILE: (1.3, 1.5, 2.0, 3.0, 5.0),
    MetricKind.SCORE: (0.95, 0.9, 0.8, 0.7, 0.5),
}
_AMOUNTS = (1.1, 1.25, 1.5, 2.0, 3.0)
"""Of scores that are amounts: more is worse."""
CHOICES = "choose one: a longer bake, a larger step, probe sessions, a larger design factor, or an explicit on_inconclusive"


@dataclass(frozen=True, slots=True)
class RecentTraffic:
    """What production has been like."""

    sessions_per_minute: float
    bad_shares: Mapping[str, float] = field(default_factory=dict)
    """Count metric → share of sessions that turn bad; absent: 0.5 % is assumed."""
    canary_scored: float = 1.0
    """Share of the canary's sessions whose answer will be scored."""
    stable_scored: float = 1.0


@dataclass(frozen=True, slots=True)
class MetricOutlook:
    """One metric in one step."""

    metric: str
    expected: float
    """Canary units in the bake."""
    needed: int
    """For the design factor."""
    factor: float | None
    """The smallest difference that the step can see; None: none that is usual."""


@dataclass(frozen=True, slots=True)
class StepOutlook:
    """One baking step."""

    step: int
    weight_percent: int
    bake: timedelta
    metrics: tuple[MetricOutlook, ...]
    sentence: str
    """ "step 1 (10 %, 30 minutes) can see: error_rate ×5, p95_latency ×2, evaluation_score −20 %" """


def visible(rules: HealthRules, *, steps: Iterable[BakingStep], traffic: RecentTraffic) -> tuple[StepOutlook, ...]:
    """What each baking step can see, to be shown before the rollout starts. Raises `RulesUnusable`."""
    check_rules(rules)
    baking = [(index, step) for index, step in enumerate(steps) if step.bake > timedelta(0) and step.weight_percent < 100]
    return tuple(_outlook(rules, index, step, traffic, len(baking)) for index, step in baking)


def check_reachable(
    rules: HealthRules, *, steps: Iterable[BakingStep], traffic: RecentTraffic, max_extension: float
) -> tuple[StepOutlook, ...]:
    """`visible`, unless a step cannot reach what it needs even when extended. Raises `TooLittleTraffic`, which names the choices."""
    outlooks = visible(rules, steps=steps, traffic=traffic)
    for outlook in outlooks:
        for metric in outlook.metrics:
            if metric.expected * max_extension < metric.needed:
                raise TooLittleTraffic(_refusal(outlook, metric, traffic, max_extension), hint=CHOICES)
    return outlooks


def _refusal(outlook: StepOutlook, metric: MetricOutlook, traffic: RecentTraffic, max_extension: float) -> str:
    at_most, rate = metric.expected * max_extension, f"at {traffic.sessions_per_minute:g} sessions a minute"
    return (
        f"{rate}, step {outlook.step + 1} ({outlook.weight_percent} %) would get {at_most:,.0f} canary units of {metric.metric} in "
        f"{_minutes(outlook.bake * max_extension)}, extended; it needs {metric.needed:,}"
    )


def _outlook(rules: HealthRules, index: int, step: BakingStep, traffic: RecentTraffic, stages: int) -> StepOutlook:
    metrics = tuple(_metric_outlook(rules, metric, step, traffic, stages) for metric in rules.metrics)
    kinds = {metric.name: metric for metric in rules.metrics}
    seen = [f"{each.metric} {_difference(kinds[each.metric], each.factor)}" for each in metrics if each.factor is not None]
    blind = [each.metric for each in metrics if each.factor is None]
    words = f"step {index + 1} ({step.weight_percent} %, {_minutes(step.bake)}) can see: {', '.join(seen) or 'nothing'}"
    sentence = f"{words}; too little traffic for {', '.join(blind)}" if blind else words
    return StepOutlook(index, step.weight_percent, step.bake, metrics, sentence)


def _metric_outlook(rules: HealthRules, metric: GatedMetric, step: BakingStep, traffic: RecentTraffic, stages: int) -> MetricOutlook:
    share, scored = step.weight_percent / 100, metric.kind is MetricKind.SCORE
    canary, stable = share, 1 - share
    if scored:
        canary, stable = canary * traffic.canary_scored, stable * traffic.stable_scored
    expected = traffic.sessions_per_minute * step.bake.total_seconds() / 60 * canary
    of_units = canary / (canary + stable) if canary + stable > 0 else 0.0
    rate = traffic.bad_shares.get(metric.name)

    def units(factor: float | None) -> int:
        return needed(rules, metric, share=of_units, stages=stages, rate=rate, factor=factor)

    ladder = _AMOUNTS if metric.cap is not None else _FACTORS[metric.kind]
    factor = next((factor for factor in ladder if units(factor) <= expected), None)
    return MetricOutlook(metric.name, expected, units(None), factor)


def _difference(metric: GatedMetric, factor: float | None) -> str:
    if factor is None:
        return "nothing"
    if metric.kind is MetricKind.SCORE and metric.cap is None:
        return f"−{100 * (1 - factor):.0f} %"
    return f"×{factor:g}"


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:g} minutes"
