"""What a pass writes: state, decision and audit line in one change. Nothing happens that is not recorded, and nothing is recorded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.outcome import Assessment, MetricCheck
from goldfinch.core.rollout.evidence import OperatorRequest
from goldfinch.core.rollout.fingerprint import fingerprint
from goldfinch.core.rollout.record import Change, Decision, Rollout
from goldfinch.core.rollout.state import PauseReason, Phase, RolloutState
from goldfinch.core.rollout.transition import Transition
from goldfinch.operations.roll_out.acting import in_words
from goldfinch.operations.roll_out.checking import Checked


def change(rollout: Rollout, now: datetime, checked: Checked, moved: Transition, *, fence: int, actor: str) -> Change | None:
    """All that this pass has to write; None where nothing is new."""
    decided = decision(rollout.state, now, checked.assessment, moved, actor)
    if decided is None and _is_the_same(rollout.state, moved.state) and not moved.handled:
        return None
    return Change(
        rollout.id,
        rollout.revision,
        fence,
        now,
        moved.state,
        checked.health,
        checked.cursor,
        decided,
        checked.sessions,
        checked.forgotten,
        moved.handled,
        tuple(_audit(rollout, now, moved, actor)),
    )


def decision(before: RolloutState, now: datetime, assessment: Assessment | None, moved: Transition, actor: str) -> Decision | None:
    """For the record: a change of place, a check, or a person's request that was dealt with."""
    if not (assessment or moved.handled or place(before) != place(moved.state)):
        return None
    commands = tuple(in_words(command) for command in moved.commands)
    return Decision(now, shown(before), shown(moved.state), moved.reason, actor, assessment, commands)


def actor_of(moved: Transition, requests: Iterable[OperatorRequest], approved_by: str, before: RolloutState) -> str:
    """Whose decision it is: a person's where one asked for it, the controller's otherwise."""
    if moved.by != "controller":
        return moved.by
    asked = [request.by for request in requests if request.id in moved.handled]
    if asked:
        return asked[-1]
    return approved_by if approved_by and _ends_a_wait_for_approval(before, moved.state) else moved.by


def place(state: RolloutState) -> tuple[object, ...]:
    """What makes two states different to a person: everything but times, counters and words."""
    pause = state.pause.reason if state.pause else None
    return (state.phase, state.part, state.step, state.weight_percent, pause, state.extended, state.completion, state.ending, state.trigger)


def shown(state: RolloutState) -> str:
    """`Progressing(step 1: Baking)`, `Paused(OperatorPause)`, `Succeeded`."""
    if state.pause is not None:
        return f"{state.phase}({state.pause.reason})"
    if state.part is None:
        return str(state.phase)
    return f"{state.phase}(step {state.step + 1}: {state.part})" if state.phase is Phase.PROGRESSING else f"{state.phase}({state.part})"


def line(rollout: Rollout, decided: Decision, moved: Transition) -> Mapping[str, Any]:
    """A decision as one structured line."""
    facts: dict[str, Any] = {
        "rollout": rollout.id,
        "from": decided.from_phase,
        "to": decided.to_phase,
        "reason": decided.reason,
        "by": decided.by,
        "canary_percent": moved.state.weight_percent,
        "next": moved.next_action,
        "commands": list(decided.commands),
    }
    if decided.assessment is not None:
        facts["call"] = decided.assessment.call
        facts["checks"] = [_measured(check) for check in decided.assessment.checks]
    return facts


def _measured(check: MetricCheck) -> dict[str, Any]:
    return {
        "metric": check.metric,
        "state": check.state,
        "canary": [check.canary.value, check.canary.units],
        "stable": [check.stable.value, check.stable.units],
        "ratio": check.ratio,
        "log_e": check.log_e,
        "log_threshold": check.log_threshold,
        "guard": check.guard,
    }


def _audit(rollout: Rollout, now: datetime, moved: Transition, actor: str) -> Iterable[AuditDraft]:
    before, after = rollout.state, moved.state
    if place(before) == place(after):
        return
    detail = {"from": shown(before), "to": shown(after), "canary_percent": after.weight_percent, "reason": moved.reason}
    yield AuditDraft(now, actor, "rollout.transition", f"rollout:{rollout.id}", fingerprint(before), fingerprint(after), detail)


def _is_the_same(before: RolloutState, after: RolloutState) -> bool:
    """Words alone are no reason to write."""
    return replace(before, reason=after.reason) == after


def _ends_a_wait_for_approval(before: RolloutState, after: RolloutState) -> bool:
    waited = before.phase is Phase.WAITING_APPROVAL or (before.pause is not None and before.pause.reason is PauseReason.APPROVAL_TIMEOUT)
    return waited and after.phase not in (Phase.WAITING_APPROVAL, Phase.PAUSED)
