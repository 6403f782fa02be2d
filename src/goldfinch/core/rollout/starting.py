"""What a rollout needs from its first moment: a plan that can be carried out, and two different releases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from goldfinch.core.rollout.plan import RolloutPlan


def why_not_started(plan: RolloutPlan, *, canary: str, stable: str | None) -> tuple[str, ...]:
    """Each reason in words; empty: nothing speaks against it."""
    same = (f"canary and stable are the same release, {canary}",) if canary == stable else ()
    return same + tuple(_of_steps(plan)) + tuple(_of_times(plan))


def _of_steps(plan: RolloutPlan) -> Iterator[str]:
    weights = [step.weight_percent for step in plan.steps]
    if not weights or weights[-1] != 100:
        yield "the last step must be 100 %"
    if not all(0 < weight <= 100 for weight in weights) or weights != sorted(set(weights)):
        yield f"the shares of the steps must rise from more than 0 to 100 %, got {', '.join(map(str, weights)) or 'none'}"
    if any(step.bake < timedelta(0) for step in plan.steps):
        yield "a bake cannot be shorter than nothing"
    if any(step.bake <= timedelta(0) for step in plan.steps[:-1]):
        yield "only the last step, 100 %, may go without a bake"


def _of_times(plan: RolloutPlan) -> Iterator[str]:
    if plan.health.check_every <= timedelta(0):
        yield "the time between two checks must be more than nothing"
    if plan.max_extension < 1:
        yield f"a bake cannot be extended to {plan.max_extension:g} times its length"
