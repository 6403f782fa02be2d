"""Whether a person's request can mean anything to a rollout as it stands. What comes of it is decided in the next pass."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase, RolloutState

_GOING_BACK: Final = frozenset({Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED})
_NEED_A_REASON: Final = frozenset({Verb.PROMOTE, Verb.PROMOTE_FULL, Verb.REJECT})
"""What overrules the measurements, or another's work, says why."""
_ONLY_IN: Final = {
    Verb.RESUME: frozenset({Phase.PAUSED}),
    Verb.RETRY: _GOING_BACK,
    Verb.APPROVE: BEFORE_TRAFFIC | {Phase.PAUSED},
    Verb.REJECT: BEFORE_TRAFFIC | {Phase.PAUSED},
}
_NOT_IN: Final = {
    Verb.PAUSE: _GOING_BACK | {Phase.PENDING, Phase.FINALISING},
    Verb.ABORT: _GOING_BACK | {Phase.FINALISING},
    Verb.PROMOTE: _GOING_BACK | BEFORE_TRAFFIC | {Phase.FINALISING},
    Verb.PROMOTE_FULL: _GOING_BACK | {Phase.FINALISING},
}


def why_refused(rollout: Rollout, request: OperatorRequest) -> str:
    """In words, why the request is refused at once; empty: it is kept for the next pass."""
    verb, state = request.verb, rollout.state
    if not request.by.strip():
        return f"{verb} needs the name of who asks"
    if verb in _NEED_A_REASON and not request.reason.strip():
        return f"{verb} needs a reason"
    if state.phase in TERMINAL:
        return f"the rollout has ended: {state.phase}"
    return _out_of_place(verb, state) or _not_asked(rollout, request)


def possible_verbs(rollout: Rollout, now: datetime) -> tuple[Verb, ...]:
    """What somebody with a name and a reason may ask of it now: what a screen offers. A newer rollout supersedes; nobody asks for it."""
    return tuple(
        verb for verb in Verb if verb is not Verb.SUPERSEDE and not why_refused(rollout, OperatorRequest("", verb, "somebody", now, "why"))
    )


def _out_of_place(verb: Verb, state: RolloutState) -> str:
    if state.phase in _NOT_IN.get(verb, frozenset()) or state.phase not in _ONLY_IN.get(verb, frozenset(Phase)):
        return f"{verb} means nothing while the rollout is {state.phase}"
    return ""


def _not_asked(rollout: Rollout, request: OperatorRequest) -> str:
    if request.verb not in (Verb.APPROVE, Verb.REJECT):
        return ""
    if not needs_approval(rollout):
        return "the plan asks for no approval"
    return ""


def needs_approval(rollout: Rollout) -> bool:
    """A first release does, whatever the plan says: there is nothing that it could be compared with."""
    return rollout.plan.approval or rollout.stable is None
