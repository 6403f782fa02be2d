"""What people ask for: each request is dealt with exactly once, granted or refused in words, and kept with its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from goldfinch.core.rollout import baking, before_traffic, holding, rolling_back, stepping
from goldfinch.core.rollout.commands import Notify
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.situation import Move, Situation, tell
from goldfinch.core.rollout.state import (
    BEFORE_TRAFFIC,
    TERMINAL,
    Completion,
    PauseReason,
    Phase,
    RollbackPhase,
    RolloutState,
    StepPhase,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """All open requests of a pass, in the order in which they were made."""

    state: RolloutState
    notices: tuple[Notify, ...] = ()
    handled: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    by: str = ""
    """Whose request changed the state last; empty: none did."""


def answer(at: Situation) -> Answered:
    """Each over the state that the one before left."""
    done = Answered(at.state)
    for request in at.seen.requests:
        here = replace(at, state=done.state)
        move = _answer_one(here, request)
        granted = isinstance(move, Move)
        done = Answered(
            state=move.state if isinstance(move, Move) else done.state,
            notices=(*done.notices, *(move.notices if isinstance(move, Move) else ())),
            handled=(*done.handled, request.id),
            words=done.words if granted else (*done.words, f"{request.verb} by {request.by} refused: {move}"),
            by=request.by if granted else done.by,
        )
    return done


def _answer_one(at: Situation, request: OperatorRequest) -> Move | str:
    """The granted move, or in words why not."""
    if at.state.phase in TERMINAL or at.state.ending is not None:
        return "the rollout has ended"
    return _ANSWERS[request.verb](at, request)


def _why(request: OperatorRequest) -> str:
    return f"{request.verb} by {request.by}" + (f" ({request.reason})" if request.reason else "")


def _is_back(at: Situation) -> bool:
    return at.state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED)


def _abort(at: Situation, request: OperatorRequest) -> Move | str:
    return _leave(at, request, Phase.CANCELLED, "operator", Completion.ABORTED)


def _supersede(at: Situation, request: OperatorRequest) -> Move | str:
    return _leave(at, request, Phase.SUPERSEDED, "superseded", Completion.SUPERSEDED)


def _leave(at: Situation, request: OperatorRequest, ending: Phase, trigger: str, completion: Completion) -> Move | str:
    if _is_back(at):
        return "it is being rolled back already"
    if at.state.phase is Phase.FINALISING:
        return "it is the stable release already; start a rollout of the release that you want"
    if at.has_traffic:
        return rolling_back.begin(at, trigger, _why(request), completion=completion)
    return before_traffic.end(at, ending, _why(request))


def _reject(at: Situation, request: OperatorRequest) -> Move | str:
    return before_traffic.end(at, Phase.CANCELLED, _why(request)) if _waits_for_approval(at) else "no approval is waited for"


def _waits_for_approval(at: Situation) -> bool:
    pause = at.state.pause
    return at.state.phase is Phase.WAITING_APPROVAL or (pause is not None and pause.reason is PauseReason.APPROVAL_TIMEOUT)


def _approve(at: Situation, request: OperatorRequest) -> Move | str:
    """The approval itself is a record of its own, judged when it is read; the request only wakes the rollout."""
    return at.stay() if _waits_for_approval(at) else f"no approval is waited for, so {request.by}'s changes nothing"


def _pause(at: Situation, request: OperatorRequest) -> Move | str:
    pause = at.state.pause
    if at.state.phase in (Phase.PENDING, Phase.FINALISING) or _is_back(at):
        return f"nothing to hold in {at.state.phase}"
    if pause is not None and pause.reason in (PauseReason.OPERATOR_PAUSE, PauseReason.APPROVAL_TIMEOUT, PauseReason.CANARY_PAUSE_STEP):
        return "it waits for a person already"
    return holding.hold(at, PauseReason.OPERATOR_PAUSE, f"{_why(request)}; until resumed")


def _resume(at: Situation, request: OperatorRequest) -> Move | str:
    pause = at.state.pause
    if at.state.phase is not Phase.PAUSED or pause is None:
        return "it is not held"
    if pause.reason is PauseReason.CANARY_PAUSE_STEP:
        return Move(stepping.enter_step(at, at.state.step + 1, _why(request)))
    return holding.resume(at, _why(request), more_time=True)


def _retry(at: Situation, request: OperatorRequest) -> Move | str:
    if at.state.phase is Phase.ROLLBACK_FAILED:
        return Move(replace(at.state, deadline=at.now, reason=f"{_why(request)}: the router is asked again at once"))
    if at.state.phase is Phase.ROLLING_BACK and not rolling_back.may_shift(at):
        return Move(replace(at.state, forced_by=request.by, reason=f"{_why(request)}: back to the stable release although it cannot serve"))
    return "nothing failed that could be tried again; a rolled-back release needs a rollout of its own"


def _promote(at: Situation, request: OperatorRequest) -> Move | str:
    if _finishes(at):
        return Move(baking.finish(at, _why(request)))
    if not _is_watched(at):
        return "there is no verified step that it could leave behind yet"
    return Move(stepping.enter_step(at, at.state.step + 1, _why(request)))


def _promote_full(at: Situation, request: OperatorRequest) -> Move | str:
    if _finishes(at):
        return Move(baking.finish(at, _why(request)))
    if at.state.phase in BEFORE_TRAFFIC:
        reason = f"{_why(request)}: straight to 100 % once it is ready and approved"
        return Move(replace(at.state, completion=Completion.FAST_PROMOTED, forced_by=request.by, reason=reason), (tell(reason),))
    if not _may_leap(at):
        return "it is on its way to 100 % or back already"
    state = stepping.enter_step(at, at.last_step, _why(request), completion=Completion.FAST_PROMOTED)
    return Move(state, (tell(f"{_why(request)}: straight to 100 %"),))


def _finishes(at: Situation) -> bool:
    """At 100 %, verified: what a person may leave out is the rest of the watch."""
    phase = at.phase
    drains = phase is Phase.PROMOTING and at.state.part is RollbackPhase.DRAINING
    return drains or phase is Phase.POST_PROMOTION_ANALYSIS


def _is_watched(at: Situation) -> bool:
    phase = at.phase
    baked = phase is Phase.PROGRESSING and at.state.part in (StepPhase.WARMING_UP, StepPhase.BAKING)
    return baked or phase is Phase.WAITING_PROMOTION


def _may_leap(at: Situation) -> bool:
    return at.phase in (Phase.PROGRESSING, Phase.WAITING_PROMOTION)


_ANSWERS: dict[Verb, Callable[[Situation, OperatorRequest], Move | str]] = {
    Verb.PROMOTE: _promote,
    Verb.PROMOTE_FULL: _promote_full,
    Verb.PAUSE: _pause,
    Verb.RESUME: _resume,
    Verb.ABORT: _abort,
    Verb.RETRY: _retry,
    Verb.APPROVE: _approve,
    Verb.REJECT: _reject,
    Verb.SUPERSEDE: _supersede,
}
