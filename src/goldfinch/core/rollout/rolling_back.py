"""The way back: weight 0, verified; sessions off the canary; the canary stopped and denied. It goes on until that is so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.core.rollout.situation import Move, Situation, page, tell
from goldfinch.core.rollout.state import Completion, Phase, RollbackPhase, RolloutState

TRIES_BEFORE_ALARM = 3
TRIES_BEFORE_FORCE = 3
"""Of the failed rollback: after this many the canary is stopped by force."""
LONGEST_BACKOFF = timedelta(seconds=60)
STABLE_CANNOT_SERVE = "the stable release cannot serve and the canary can: traffic stays on the canary until it does, or a person retries"


def begin(at: Situation, trigger: str, reason: str, *, completion: Completion = Completion.ABORTED) -> Move:
    """Falling is always allowed; where the stable release has to be brought up first, the weight stays until it serves."""
    changes = {
        "trigger": trigger,
        "completion": completion,
        "pause": None,
        "bake_left": None,
        "ending": None,
        "forced_by": "",
        "cause": reason,
    }
    part, within = RollbackPhase.SHIFTING_BACK, at.plan.verify_within
    state = at.enter(Phase.ROLLING_BACK, f"rolling back: {reason}", part=part, within=within, **changes)
    back = _shift_back(replace(at, state=state))
    return Move(back.state, (page(f"rolling back: {reason}"), *back.notices))


def move(at: Situation) -> Move:
    """One pass of the way back."""
    if at.state.phase is Phase.ROLLBACK_FAILED:
        return _failed(at)
    part = at.state.part
    if part in (RollbackPhase.DRAINING, RollbackPhase.SCALING_DOWN) and at.served_percent:
        reason = f"the router serves {at.served_percent} % again: weight 0 is asked for anew"
        return Move(at.enter(Phase.ROLLING_BACK, reason, part=RollbackPhase.SHIFTING_BACK, within=at.plan.verify_within))
    return _MOVES[part if isinstance(part, RollbackPhase) else RollbackPhase.SHIFTING_BACK](at)


def may_shift(at: Situation) -> bool:
    """Whether the stable release can take the traffic, or nothing better is left."""
    if at.arms.stable is None or at.state.forced_by or at.stable_serves or at.canary_is_dead or at.state.weight_percent == 0:
        return True
    if at.seen.stable is not None:
        return False
    takes_traffic = (at.state.verified_weight_percent or 0) < 100 and at.state.weight_percent < 100
    return takes_traffic or at.is_past_deadline


def _shift_back(at: Situation) -> Move:
    if not may_shift(at):
        reason = f"rolling back: {at.state.cause}; {STABLE_CANNOT_SERVE}"
        return at.stay() if at.state.reason == reason else Move(replace(at.state, reason=reason), (page(reason),))
    if at.state.weight_percent != 0:
        state = replace(at.state, weight_percent=0, deadline=at.now + at.plan.verify_within)
        return Move(state)
    if at.served_percent == 0:
        return Move(replace(at.state, part=RollbackPhase.VERIFYING, entered_at=at.now))
    return _try_again(at)


def _verify(at: Situation) -> Move:
    router = at.seen.router
    if router is None or router.canary_percent != 0 or not router.acknowledged:
        return _try_again(at)
    return Move(_drain(at))


def _drain(at: Situation) -> RolloutState:
    reason = f"weight 0 is verified; {cause(at)}; sessions and streams of the canary may end"
    part = RollbackPhase.DRAINING
    changes = {"weight_percent": 0, "verified_weight_percent": 0}
    return at.enter(Phase.ROLLING_BACK, reason, part=part, within=at.plan.drain_within, **changes)


def _try_again(at: Situation) -> Move:
    """Not served yet: commands that failed count as tries; too many, or too long, and people are called."""
    attempts = at.state.attempts + bool(at.seen.failures)
    if attempts < TRIES_BEFORE_ALARM and not at.is_past_deadline:
        return Move(replace(at.state, attempts=attempts))
    why = "; ".join(at.seen.failures) or "it does not show weight 0"
    reason = f"the rollback does not get through: the router refuses ({why}); {cause(at)}"
    state = at.enter(Phase.ROLLBACK_FAILED, reason, within=timedelta(0), weight_percent=0, attempts=1)
    return Move(state, (page(reason),))


def backoff(at: Situation) -> timedelta:
    """Between tries: doubles with each, from a 120th of `verify_within` (1 s of 2 minutes) to half of it, at most a minute."""
    first = at.plan.verify_within / 120
    longest = min(at.plan.verify_within / 2, LONGEST_BACKOFF)
    doubled: timedelta = first * (1 << min(at.state.attempts, 12))
    return min(doubled, longest)


def tries_now(at: Situation) -> bool:
    """Whether this pass asks the router: the one that sets the next time still does, so that failures of other commands cannot keep it from
    being asked; then it backs off. A deadline further away than the backoff is a clock that went back."""
    deadline = at.state.deadline
    return deadline is None or at.now >= deadline or deadline - at.now >= backoff(at)


def _failed(at: Situation) -> Move:
    """Never the end: the second path, then without the canary, and again."""
    router = at.seen.router
    if router is not None and router.canary_percent == 0 and router.acknowledged:
        return Move(_drain(at), (tell("the router serves weight 0 after all"),))
    if not tries_now(at) or not (at.seen.failures or _tried_for_long(at)):
        return at.stay()
    attempts = at.state.attempts + 1
    deadline = at.now + backoff(replace(at, state=replace(at.state, attempts=attempts)))
    words = f"try {attempts} of the rollback failed: {'; '.join(at.seen.failures) or 'weight 0 is not served'}; {cause(at)}"
    notices = (page(words),) if attempts & (attempts - 1) == 0 else ()
    return Move(replace(at.state, attempts=attempts, deadline=deadline, reason=words), notices)


def _tried_for_long(at: Situation) -> bool:
    """A router that takes every request and serves something else."""
    return at.state.deadline is not None and at.now >= at.state.deadline + at.plan.verify_within / 4


def forces(at: Situation) -> bool:
    """The last resort: the canary is stopped though it still gets traffic, where somebody else can serve."""
    return (
        at.state.phase is Phase.ROLLBACK_FAILED and at.state.attempts > TRIES_BEFORE_FORCE and (at.stable_serves or at.arms.stable is None)
    )


def _draining(at: Situation) -> Move:
    if _is_drained(at):
        why = "nothing is left on the canary"
    elif at.is_past_deadline:
        why = "the time to end is over"
    else:
        return at.stay()
    reason = f"{why}; {cause(at)}; the canary is stopped and denied"
    return Move(at.enter(Phase.ROLLING_BACK, reason, part=RollbackPhase.SCALING_DOWN, within=at.plan.drain_within))


def _is_drained(at: Situation) -> bool:
    if at.seen.canary is not None and not at.seen.canary.running:
        return True
    router = at.seen.router
    if router is None or router.canary_in_flight != 0:
        return False
    return at.plan.sessions is SessionsOnRollback.BREAK or router.pinned_canary_sessions == 0


def _scaling_down(at: Situation) -> Move:
    gone = at.seen.canary is not None and not at.seen.canary.running
    denied = at.seen.denied is not False or not denies(at)
    if gone and denied and at.served_percent == 0:
        return Move(_done(at, "the canary is stopped"), (tell(f"rolled back: {cause(at)}"),))
    if not at.is_past_deadline:
        return at.stay()
    if at.state.attempts == 0:
        return Move(replace(at.state, attempts=1, deadline=at.now + at.plan.drain_within))
    if at.served_percent != 0 or not denied:
        return at.stay()
    reason = "the canary could not be stopped and runs without traffic"
    return Move(_done(at, reason), (page(f"rolled back, but {reason}"),))


def _done(at: Situation, how: str) -> RolloutState:
    return at.enter(Phase.ROLLED_BACK, f"rolled back: {cause(at)}; weight 0 is verified, {how}", weight_percent=0)


def denies(at: Situation) -> bool:
    """A release that only made room for a newer one is not a bad one."""
    return at.state.completion is not Completion.SUPERSEDED


def cause(at: Situation) -> str:
    """What tripped it and why; reasons that begin with the trigger by themselves do not get it twice."""
    trigger, why = at.state.trigger or "unknown", at.state.cause or "no word of it on record"
    return why if why.startswith(f"{trigger}: ") else f"{trigger}: {why}"


_MOVES = {
    RollbackPhase.SHIFTING_BACK: _shift_back,
    RollbackPhase.VERIFYING: _verify,
    RollbackPhase.DRAINING: _draining,
    RollbackPhase.SCALING_DOWN: _scaling_down,
}
