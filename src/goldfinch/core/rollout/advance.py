"""One pass: from the plan, the state so far and what was seen, the state from now on, what shall be so, why, and what comes next.

Pure and level-triggered. Source: DELIVERY 4a-4c; STATISTICS A2 alone says what the measurements ask for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from goldfinch.core.health.outcome import Call
from goldfinch.core.rollout import baking, before_traffic, finishing, holding, requests, rolling_back, stepping
from goldfinch.core.rollout.commanding import commands
from goldfinch.core.rollout.commands import Notify
from goldfinch.core.rollout.describing import next_of
from goldfinch.core.rollout.evidence import Evidence
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.situation import Arms, Move, Situation
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.core.rollout.transition import Transition

_GUARDED = frozenset({Phase.PROGRESSING, Phase.WAITING_PROMOTION, Phase.PROMOTING, Phase.POST_PROMOTION_ANALYSIS, Phase.PAUSED})
_WATCHED_PARTS = frozenset({StepPhase.WARMING_UP, StepPhase.BAKING, RollbackPhase.DRAINING, None})


def advance(plan: RolloutPlan, state: RolloutState, evidence: Evidence, now: datetime, *, canary: str, stable: str | None) -> Transition:
    """`now`: aware UTC. The same arguments give the same answer; carried out twice, its commands change nothing the second time."""
    at = Situation(plan, state, evidence, now, Arms(canary, stable))
    alarm = _alarm(at)
    answered = requests.answer(at if alarm is None else replace(at, state=alarm.state))
    move = alarm or (Move(answered.state) if answered.state != state else _move(at))
    if alarm is not None and answered.state != alarm.state:
        move = Move(answered.state, alarm.notices)
    return _transition(at, move, answered)


def _transition(at: Situation, move: Move, answered: requests.Answered) -> Transition:
    after = replace(at, state=move.state)
    notices: tuple[Notify, ...] = (*move.notices, *answered.notices)
    action, when = next_of(at.plan, move.state, at.now)
    words = (_reason(at, move.state), *answered.words)
    return Transition(
        state=move.state,
        commands=(*commands(after), *notices),
        reason="; ".join(words),
        next_action=action,
        next_at=when,
        handled=answered.handled,
        by=answered.by or "controller",
    )


def _reason(at: Situation, state: RolloutState) -> str:
    if state == at.state and at.seen.assessment is not None and state.phase not in TERMINAL:
        return at.seen.assessment.reason
    return state.reason or f"{state.phase}: nothing has changed"


def _alarm(at: Situation) -> Move | None:
    """What goes before everything else while the canary has traffic, whoever holds or asks: harm with evidence."""
    if at.state.phase not in _GUARDED or at.state.ending is not None or not at.has_traffic:
        return None
    if at.seen.refused:
        return rolling_back.begin(at, "refused", f"the release may not go on: {at.seen.refused}")
    if at.canary_is_dead:
        detail = at.seen.canary.detail if at.seen.canary else ""
        return rolling_back.begin(at, "unhealthy", f"the canary does not run, or fails every probe {detail}".rstrip())
    check = at.seen.assessment
    if check is not None and check.call is Call.ROLL_BACK:
        return rolling_back.begin(at, check.trigger or "measurements", check.reason)
    return None


def _move(at: Situation) -> Move:
    state = at.state
    if state.phase in TERMINAL:
        return at.stay()
    if state.ending is not None:
        return before_traffic.ending(at)
    if state.phase in BEFORE_TRAFFIC:
        return before_traffic.move(at)
    if state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED):
        return rolling_back.move(at)
    if state.phase is Phase.FINALISING:
        return finishing.move(at)
    return _with_traffic(at)


def _with_traffic(at: Situation) -> Move:
    if not at.has_traffic and at.seen.refused:
        return before_traffic.end(at, Phase.FAILED, f"refused before any traffic: {at.seen.refused}")
    if at.state.phase is Phase.PAUSED:
        return holding.move(at)
    if at.state.part in _WATCHED_PARTS:
        return holding.needed(at) or _watched(at)
    return stepping.move(at)


def _watched(at: Situation) -> Move:
    if at.state.phase is Phase.WAITING_PROMOTION:
        return at.stay()
    if at.state.phase is Phase.POST_PROMOTION_ANALYSIS or at.state.part is StepPhase.BAKING:
        return baking.move(at)
    return baking.drain(at) if at.state.part is RollbackPhase.DRAINING else stepping.move(at)
