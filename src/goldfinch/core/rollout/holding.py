"""Holds: the weight stays, nothing is promoted, the bake keeps the time that it had left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from goldfinch.core.health.outcome import Call, HoldReason
from goldfinch.core.rollout import baking, before_traffic, rolling_back, stepping
from goldfinch.core.rollout.describing import countdown, ends_in_rollback
from goldfinch.core.rollout.situation import Move, Situation, tell
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase

REASONS = {
    HoldReason.METRICS_UNAVAILABLE: PauseReason.METRICS_UNAVAILABLE,
    HoldReason.NO_TRAFFIC: PauseReason.INSUFFICIENT_SAMPLES,
    HoldReason.BASELINE_DEGRADED: PauseReason.BASELINE_DEGRADED,
    HoldReason.SAMPLE_RATIO: PauseReason.SAMPLE_RATIO_MISMATCH,
}
LONGEST_GAP = timedelta(seconds=10)


def hold(at: Situation, reason: PauseReason, words: str, *, why: HoldReason | None = None) -> Move:
    """Hold where it stands. A hold of a held rollout changes its reason, and keeps what it goes back to."""
    state = at.state
    if state.phase is Phase.PAUSED and state.pause is not None:
        pause = replace(state.pause, reason=reason, since=at.now, hold=why, held=timedelta(0), seen_at=at.now)
    else:
        pause = Pause(reason, at.now, _bake_left(at), back_to=state.phase, hold=why, seen_at=at.now)
    return Move(at.enter(Phase.PAUSED, words, part=state.part, pause=pause), (tell(f"held ({reason}): {words}"),))


def needed(at: Situation) -> Move | None:
    """The hold that this pass asks for, of a rollout that is watched; None: none."""
    router, check = at.seen.router, at.seen.assessment
    if router is not None and (router.foreign_change or router.canary_percent != at.state.weight_percent):
        words = router.foreign_change or f"the router serves {router.canary_percent} %, not {at.state.weight_percent} %"
        return hold(at, PauseReason.ROUTE_DRIFT, f"{words}; not ours, so it is left as it is")
    if at.stable_is_dead and at.state.phase is Phase.PROGRESSING:
        words = "the stable release does not serve: nothing to compare with, and nothing to go back to"
        return hold(at, PauseReason.BASELINE_DEGRADED, words, why=HoldReason.BASELINE_DEGRADED)
    if check is not None and check.call is Call.HOLD and at.state.phase is not Phase.WAITING_PROMOTION:
        why = check.hold or HoldReason.METRICS_UNAVAILABLE
        return hold(at, REASONS[why], check.reason, why=why)
    return None


def move(at: Situation) -> Move:
    """A rollout that is held: by itself back when the cause is gone, back to the stable release when it lasts too long."""
    pause = at.state.pause
    if pause is None:
        return Move(_shift_again(at, "held without a reason on record"))
    if pause.reason is PauseReason.APPROVAL_TIMEOUT:
        return before_traffic.approval(at)
    if _is_over(at, pause):
        return resume(at, f"{pause.reason} is over")
    if not ends_in_rollback(at.plan, pause):
        return at.stay()
    watched = _watched(at, pause)
    if watched.held >= at.plan.max_hold:
        return rolling_back.begin(at, str(pause.reason), f"held for {countdown(at.plan.max_hold)} and still: {at.state.reason}")
    return Move(replace(at.state, pause=watched))


def resume(at: Situation, why: str, *, more_time: bool = False) -> Move:
    """Back to where it was, with the time that was left; `more_time`: a whole bake where nothing was left."""
    pause = at.state.pause
    assert pause is not None  # nosec B101 - the caller asks only of a held rollout
    nothing = more_time and not pause.bake_left
    here = replace(at, state=replace(at.state, phase=pause.back_to, bake_left=None if nothing else pause.bake_left, pause=None))
    if pause.reason is PauseReason.ROUTE_DRIFT or at.state.part in _UNDER_WAY:
        return Move(_shift_again(here, why))
    if pause.back_to is Phase.PROGRESSING and at.state.part is StepPhase.BAKING:
        return Move(stepping.bake(here, why))
    if pause.back_to is Phase.POST_PROMOTION_ANALYSIS:
        return Move(baking.analyse(here, f"{why}: watched at 100 % with the old release warm"))
    return Move(_again(here, why))


def _shift_again(at: Situation, why: str) -> RolloutState:
    """Ask the router anew for the weight of the step, and go on from there with the time that was left."""
    phase = Phase.PROMOTING if at.state.step == at.last_step else Phase.PROGRESSING
    return stepping.shift(replace(at, state=replace(at.state, phase=phase)), why)


def _again(at: Situation, why: str) -> RolloutState:
    return at.enter(at.state.phase, why, part=at.state.part, within=_time(at))


def _time(at: Situation) -> timedelta | None:
    plan, phase = at.plan, at.state.phase
    if phase is Phase.WAITING_APPROVAL:
        return plan.approval_timeout
    if phase in (Phase.SMOKE_TESTING, Phase.MIGRATING):
        return plan.stage_within
    if phase is Phase.WAITING_PROMOTION:
        return None
    if at.state.part is RollbackPhase.DRAINING:
        return plan.session_drain
    return plan.warm_up if at.state.part is StepPhase.WARMING_UP else plan.ready_within


def _bake_left(at: Situation) -> timedelta:
    """Only time that was measured counts as watched: neither an outage nor a clock that jumps takes any of it."""
    state = at.state
    if state.part is StepPhase.BAKING or state.phase is Phase.POST_PROMOTION_ANALYSIS:
        if state.deadline is None or state.entered_at is None:
            return baking.length(at)
        measured = state.entered_at if at.seen.measured_until is None else max(state.entered_at, min(at.now, at.seen.measured_until))
        return max(state.deadline - measured, timedelta(0))
    if state.phase is Phase.WAITING_PROMOTION:
        return timedelta(0)
    return baking.length(at) if state.bake_left is None else state.bake_left


def _is_over(at: Situation, pause: Pause) -> bool:
    router, check = at.seen.router, at.seen.assessment
    if pause.reason is PauseReason.ROUTE_DRIFT:
        return router is not None and router.acknowledged and not router.foreign_change and router.canary_percent == at.state.weight_percent
    if check is None or pause.reason in (PauseReason.OPERATOR_PAUSE, PauseReason.CANARY_PAUSE_STEP):
        return False
    if pause.hold is None:
        return check.call is Call.PASS
    return check.call in (Call.PASS, Call.WAIT) and not (pause.hold is HoldReason.BASELINE_DEGRADED and at.stable_is_dead)


def _watched(at: Situation, pause: Pause) -> Pause:
    """Add the time since the last pass. Rarely enough that not every pass writes; a gap too long to have been watched counts nothing."""
    gap = at.now - (pause.seen_at or at.now)
    limit, every = at.plan.max_hold, at.plan.health.check_every
    if timedelta(0) <= gap < min(max(limit / 100, every), limit):
        return pause
    longest = max(limit / 10, 2 * every, LONGEST_GAP)
    added = gap if timedelta(0) < gap <= longest else timedelta(0)
    return replace(pause, held=pause.held + added, seen_at=at.now)


_UNDER_WAY = (StepPhase.SHIFTING, StepPhase.VERIFYING)
