"""Whether a plan can be carried out, and a plan at another speed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from itertools import pairwise
from math import inf, isfinite
from typing import TypeVar

from goldfinch.core.health.metrics import GatedMetric, HealthRules, MetricKind
from goldfinch.core.rollout.describing import countdown
from goldfinch.core.rollout.plan import RolloutPlan, Step

T = TypeVar("T")

_POSITIVE = ("ready_within", "verify_within", "drain_within", "max_hold", "approval_timeout", "stage_within", "post_promotion")
_NOT_NEGATIVE = ("warm_up", "session_drain")


def problems(plan: RolloutPlan) -> tuple[str, ...]:
    """Each in words, with its key; none: the plan can be carried out."""
    return (*_of_steps(plan.steps), *_of_durations(plan), *_of_health(plan.health), *_between(plan))


def scaled(plan: RolloutPlan, factor: float) -> RolloutPlan:
    """Every duration divided by `factor`, which the plan keeps to be shown. For trying out: 60 makes a minute of an hour.

    Raises `ValueError` where the factor is no positive number.
    """
    if not (isfinite(factor) and factor > 0):
        raise ValueError(f"{factor:g} is no positive number")
    steps = tuple(_faster(step, factor) for step in plan.steps)
    return replace(_faster(plan, factor), steps=steps, health=_faster(plan.health, factor), time_scale=plan.time_scale * factor)


def _faster(value: T, factor: float) -> T:
    assert is_dataclass(value) and not isinstance(value, type)  # noqa: PT018  # nosec B101 - for the type checker
    times = {field.name: getattr(value, field.name) for field in fields(value)}
    return replace(value, **{name: time / factor for name, time in times.items() if isinstance(time, timedelta)})


def _of_steps(steps: tuple[Step, ...]) -> Iterator[str]:
    if not steps:
        yield "steps: there is none; the last one is 100 %"
        return
    weights = [step.weight_percent for step in steps]
    if any(not 0 < weight <= 100 for weight in weights):
        yield f"steps: weights are 1 to 100 percent, not {_listed(weights)}"
    if any(before >= after for before, after in pairwise(weights)):
        yield f"steps: each weight is above the one before, not {_listed(weights)}"
    if weights[-1] != 100:
        yield f"steps: the last weight is 100, not {weights[-1]}"
    for i, step in enumerate(steps[:-1]):
        if step.bake <= timedelta(0):
            yield f"steps[{i}].bake: a step is watched before the next one, so it needs a time above 0s"
    if steps[-1].bake != timedelta(0):
        yield f"steps[{len(steps) - 1}].bake: the last step has none; `post_promotion` is how long 100 % is watched"
    if steps[-1].wait_for_person:
        yield f"steps[{len(steps) - 1}].wait_for_person: nothing follows 100 %; set it on the step before"


def _listed(weights: list[int]) -> str:
    return ", ".join(map(str, weights))


def _of_durations(plan: RolloutPlan) -> Iterator[str]:
    for name in _POSITIVE:
        if getattr(plan, name) <= timedelta(0):
            yield f"{name}: has to be above 0s"
    for name in _NOT_NEGATIVE:
        if getattr(plan, name) < timedelta(0):
            yield f"{name}: has to be 0s or more"
    if not 1 <= plan.max_extension <= 10:
        yield f"max_extension: a factor of 1 (never extended) to 10, not {plan.max_extension:g}"


def _of_health(rules: HealthRules) -> Iterator[str]:
    if rules.check_every <= timedelta(0):
        yield "health.check_every: has to be above 0s"
    if not 0 < rules.alpha < 0.5:
        yield f"health.alpha: a chance above 0 and below 0.5, not {rules.alpha:g}"
    if rules.unknown_limit < rules.unknown_hold:
        yield "health.unknown_limit: comes after `unknown_hold`, so it is not below it"
    names = [metric.name for metric in rules.metrics]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"health.metrics: {name} is there twice"
    for name in sorted(set(rules.absolute_limits) - set(names)):
        yield f"health.absolute_limits: there is no metric {name}; there are {', '.join(names) or 'none'}"
    for metric in rules.metrics:
        yield from _of_metric(metric, rules.absolute_limits.get(metric.name))


def _of_metric(metric: GatedMetric, limit: float | None) -> Iterator[str]:
    """An amount with a cap is a score turned round: lower is better. What can never speak protects nobody, and is refused."""
    higher_is_better = metric.kind is MetricKind.SCORE and metric.cap is None
    side = "at most 1: higher is better" if higher_is_better else "at least 1: lower is better"
    if metric.guard > 1 if higher_is_better else metric.guard < 1:
        yield f"health.metrics: the guard of {metric.name} is {side}"
    if metric.design_factor >= 1 if higher_is_better else metric.design_factor <= 1:
        yield f"health.metrics: the design_factor of {metric.name} is {'below' if higher_is_better else 'above'} 1"
    most = 1.0 if metric.kind is MetricKind.COUNT or higher_is_better else metric.cap or inf
    if limit is not None and not 0 < limit < most:
        within = "above 0" if most == inf else f"above 0 and below {most:g}"
        yield f"health.absolute_limits: that of {metric.name} is {within}, not {limit:g}"


def _between(plan: RolloutPlan) -> Iterator[str]:
    every = plan.health.check_every
    for i, step in enumerate(plan.steps[:-1]):
        if timedelta(0) < step.bake < every:
            yield f"steps[{i}].bake: shorter than a check ({countdown(every)} apart): nothing would be seen before the next step"
    if timedelta(0) < plan.post_promotion < every:
        yield f"post_promotion: shorter than a check ({countdown(every)} apart): nothing would be seen at 100 %"
    if plan.max_hold < every:
        yield f"max_hold: shorter than a check ({countdown(every)} apart): a hold would end before its cause could"
