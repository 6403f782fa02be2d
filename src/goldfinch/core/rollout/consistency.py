"""What no rollout can be. A row that says so was written by something else than the state machine, and nobody acts on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, Phase, RollbackPhase, RolloutState, StepPhase


def contradictions(plan: RolloutPlan, state: RolloutState) -> tuple[str, ...]:
    """Each in words; empty for every state that a rollout of this plan can reach."""
    return tuple(_of_place(plan, state)) + tuple(_of_weight(plan, state)) + tuple(_of_times(state))


def _of_place(plan: RolloutPlan, state: RolloutState) -> Iterator[str]:
    if not 0 <= state.step < max(1, len(plan.steps)):
        yield f"step {state.step + 1} of a plan with {len(plan.steps)}"
    if state.phase is Phase.PROGRESSING and not isinstance(state.part, StepPhase):
        yield f"{state.phase} with the part {state.part or 'none'}"
    if state.phase is Phase.ROLLING_BACK and not isinstance(state.part, RollbackPhase):
        yield f"{state.phase} with the part {state.part or 'none'}"
    if state.phase is Phase.PAUSED and state.pause is None:
        yield f"{state.phase} without what it waits for"
    if state.attempts < 0:
        yield f"{state.attempts} attempts"


def _of_weight(plan: RolloutPlan, state: RolloutState) -> Iterator[str]:
    for weight in (state.weight_percent, state.verified_weight_percent):
        if weight is not None and not 0 <= weight <= 100:
            yield f"a share of {weight} %"
    if state.phase in BEFORE_TRAFFIC and state.weight_percent:
        yield f"{state.phase} with {state.weight_percent} % of the traffic"
    if _is_off_the_canary(state) and state.weight_percent:
        yield f"{state.phase} to {state.weight_percent} % of the traffic"
    if state.phase is Phase.PROGRESSING and state.weight_percent not in _reached(plan, state.step):
        yield f"{state.weight_percent} % in step {state.step + 1}, which the plan does not have"


def _is_off_the_canary(state: RolloutState) -> bool:
    """While it shifts back the weight may stay: where the stable release cannot serve, for as long as it cannot."""
    settled = state.phase is Phase.ROLLING_BACK and state.part in (RollbackPhase.DRAINING, RollbackPhase.SCALING_DOWN)
    return settled or state.phase in (Phase.ROLLBACK_FAILED, Phase.ROLLED_BACK)


def _reached(plan: RolloutPlan, step: int) -> set[int]:
    """Shares that a rollout can have in this step: its own, or that of the step before until it is shifted."""
    return {0, *(each.weight_percent for each in plan.steps[max(0, step - 1) : step + 1])}


def _of_times(state: RolloutState) -> Iterator[str]:
    times = {"entered": state.entered_at, "deadline": state.deadline, "pause": state.pause.since if state.pause else None}
    for name, time in times.items():
        if isinstance(time, datetime) and time.tzinfo is None:
            yield f"{name} without a time zone"
    if state.phase is Phase.PROGRESSING and state.part is StepPhase.BAKING and (state.deadline is None or state.entered_at is None):
        yield "a bake without an end"
    if state.pause is not None and state.pause.bake_left.total_seconds() < 0:
        yield "a bake of less than nothing left"
