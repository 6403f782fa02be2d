"""After a passed analysis at 100 %: the name `stable` moves to the running canary, the old release ends."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.rollout.situation import Move, Situation, page, tell
from goldfinch.core.rollout.state import Phase, RolloutState


def move(at: Situation) -> Move:
    """Name first, then the old release; one that cannot be stopped holds up nothing."""
    named = at.seen.named_stable in (None, at.arms.canary)
    gone = at.arms.stable is None or (at.seen.stable is not None and not at.seen.stable.running)
    if named and gone and not at.seen.failures:
        return Move(_done(at, "it is the stable release now"), (tell("rollout succeeded"),))
    if not at.is_past_deadline:
        return at.stay()
    if at.state.attempts == 0:
        return Move(replace(at.state, attempts=1, deadline=at.now + at.plan.drain_within))
    if not named:
        return at.stay()
    reason = "the old release could not be stopped and runs without traffic"
    return Move(_done(at, reason), (page(f"rollout succeeded, but {reason}"),))


def _done(at: Situation, how: str) -> RolloutState:
    return at.enter(Phase.SUCCEEDED, f"100 % on {at.arms.canary}: {how}")
