"""The plan of a rollout, in one place (C30): flags over the environment's settings over those of `rollout:` over the defaults."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from goldfinch.core.errors import ConfigurationError
from goldfinch.core.health.metrics import GatedMetric, GuardMode, HealthRules, MetricKind, OnNoData
from goldfinch.core.rollout import codes
from goldfinch.core.rollout.durations import duration
from goldfinch.core.rollout.plan import DEFAULT_STEPS, OnInconclusive, RolloutPlan, SessionsOnRollback, Step
from goldfinch.core.rollout.plan_check import problems, scaled
from goldfinch.settings import Settings
from goldfinch.settings.rollout import PlanSettings, RolloutEnvironment, RolloutHealth, RolloutMetric, RolloutStep

TIME_SCALE = "GOLDFINCH_TIME_SCALE"
FASTEST = 100_000.0

BUILT_IN = {
    "production": RolloutEnvironment(),
    "staging": RolloutEnvironment(steps=[RolloutStep(weight=100)], traffic="probes"),
    "local": RolloutEnvironment(kind="local"),
}
"""Staging is driven by probe sessions, so there is nobody to split."""

_DESIGN = {MetricKind.COUNT: 5.0, MetricKind.QUANTILE: 2.0, MetricKind.SCORE: 0.8}
_DESIGN_OF_AMOUNTS = 2.0
"""Lower is better: twice the cost, as for latency."""
_TIMES = (
    "warm_up", "approval_timeout", "ready_within", "verify_within", "drain_within", "max_hold", "post_promotion", "session_drain",
    "stage_within",
)  # fmt: skip


def plan_of(
    settings: Settings,
    *,
    environment: str,
    percentage: int | None = None,
    bake: str | None = None,
    approval: bool | None = None,
    on_inconclusive: OnInconclusive | None = None,
    time_scale: str | None = None,
) -> RolloutPlan:
    """`percentage`: one transition, to this weight, where it stays until somebody promotes; `time_scale`: what GOLDFINCH_TIME_SCALE says.

    Raises `ConfigurationError`: an unknown environment, a plan that cannot be carried out, a time scale where there is none.
    """
    here = environment_of(settings, environment)
    plan = RolloutPlan(health=_health(settings.rollout.health))
    for layer in (settings.rollout, here):
        plan = _over(plan, layer)
    if approval is not None:
        plan = replace(plan, approval=approval)
    if on_inconclusive is not None:
        plan = replace(plan, on_inconclusive=on_inconclusive)
    if percentage is not None or bake is not None:
        plan = replace(plan, steps=_one_transition(plan.steps, percentage, bake))
    if wrong := problems(plan):
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ConfigurationError(f"{wrong[0]}{more}", where=f"rollout in {environment}", code=codes.INVALID_PLAN)
    return scaled(plan, _factor(time_scale, environment, here)) if time_scale else plan


def environment_of(settings: Settings, name: str) -> RolloutEnvironment:
    """Raises `ConfigurationError` where nothing of this name is known: a misspelt one would get the plan of another."""
    written = settings.rollout.environments
    known = {**BUILT_IN, **written}
    if name in BUILT_IN and name in written:
        return BUILT_IN[name].model_copy(update={key: getattr(written[name], key) for key in written[name].model_fields_set})
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = f"no environment {name!r}"
    raise ConfigurationError(
        what, where="rollout.environments", hint=f"{hint}known: {', '.join(sorted(known))}", code=codes.UNKNOWN_ENVIRONMENT
    )


def _over(plan: RolloutPlan, layer: PlanSettings) -> RolloutPlan:
    changes: dict[str, Any] = {name: duration(text) for name in _TIMES if (text := getattr(layer, name, None)) is not None}
    for name in ("max_extension", "approval", "migrations"):
        if (value := getattr(layer, name, None)) is not None:
            changes[name] = value
    if layer.on_inconclusive is not None:
        changes["on_inconclusive"] = OnInconclusive(layer.on_inconclusive)
    if layer.sessions is not None:
        changes["sessions"] = SessionsOnRollback(layer.sessions)
    if layer.steps is not None:
        changes["steps"] = tuple(Step(step.weight, duration(step.bake), step.wait_for_person) for step in layer.steps)
    return replace(plan, **changes)


def _one_transition(steps: tuple[Step, ...], percentage: int | None, bake: str | None) -> tuple[Step, ...]:
    """The weight that was asked for, watched as long as the plan's own steps are, then a person's decision about the rest."""
    length = _bake(bake) if bake is not None else None
    if percentage is None:
        return (*(replace(step, bake=length or step.bake) for step in steps[:-1]), *steps[-1:])
    if percentage == 100:
        return (Step(100, timedelta(0)),)
    planned = max((step.bake for step in steps), default=timedelta(0)) or DEFAULT_STEPS[0].bake
    return (Step(percentage, planned if length is None else length, wait_for_person=True), Step(100, timedelta(0)))


def _bake(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise ConfigurationError(str(error), where="--bake", code=codes.INVALID_PLAN) from None


def _health(settings: RolloutHealth) -> HealthRules:
    changes: dict[str, Any] = {name: value for name in ("alpha", "min_units") if (value := getattr(settings, name)) is not None}
    for name in ("check_every", "unknown_hold", "unknown_limit"):
        if (text := getattr(settings, name)) is not None:
            changes[name] = duration(text)
    if settings.on_no_data is not None:
        changes["on_no_data"] = OnNoData(settings.on_no_data)
    if settings.guard is not None:
        changes["guard"] = GuardMode(settings.guard)
    if settings.metrics:
        changes["metrics"] = tuple(_metric(name, metric) for name, metric in settings.metrics.items())
    return HealthRules(absolute_limits=dict(settings.absolute_limits), **changes)


def _metric(name: str, metric: RolloutMetric) -> GatedMetric:
    kind = MetricKind(metric.kind)
    default = _DESIGN_OF_AMOUNTS if metric.cap is not None and kind is MetricKind.SCORE else _DESIGN[kind]
    factor = default if metric.design_factor is None else metric.design_factor
    return GatedMetric(name, kind, metric.guard, metric.quantile, factor, metric.null_ratio, metric.cap, metric.flag or "")


def _factor(text: str, environment: str, here: RolloutEnvironment) -> float:
    if here.kind != "local":
        what = f"durations are shortened in local environments only, and {environment} is {here.kind}"
        raise ConfigurationError(what, where=TIME_SCALE, hint="unset it", code=codes.TIME_SCALE_REFUSED)
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0 < factor <= FASTEST:
        what = f"{text[:40]!r} is no factor above 0 and up to {FASTEST:g}"
        raise ConfigurationError(what, where=TIME_SCALE, hint="60 makes a minute of an hour", code=codes.TIME_SCALE_REFUSED)
    return factor
