"""The phases before any traffic: what fails here ends the rollout, and production was never touched."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.rollout import stepping
from goldfinch.core.rollout.commands import Notify
from goldfinch.core.rollout.situation import Move, Situation, page, tell
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RolloutState

STAGES = {Phase.SMOKE_TESTING: "smoke", Phase.MIGRATING: "migrate"}


def move(at: Situation) -> Move:
    """One pass of a rollout that has no traffic."""
    if at.state.phase is Phase.PENDING:
        return _pending(at)
    if at.seen.refused:
        return end(at, Phase.FAILED, f"refused before any traffic: {at.seen.refused}")
    return _MOVES[at.state.phase](at)


def end(at: Situation, ending: Phase, reason: str, *, notice: Notify | None = None) -> Move:
    """End without having moved traffic; a canary that was started is stopped before."""
    notices = (notice or tell(f"{ending}: {reason}"),)
    if at.state.phase in (Phase.PENDING, Phase.INITIALIZING):
        return Move(at.enter(ending, reason, weight_percent=0, pause=None), notices)
    return Move(
        replace(at.state, ending=ending, reason=reason, deadline=at.now + at.plan.drain_within, weight_percent=0, attempts=0), notices
    )


def ending(at: Situation) -> Move:
    """The canary is being stopped. A canary that cannot be stopped holds up nothing: it has no traffic."""
    to, view = at.state.ending, at.seen.canary
    assert to is not None  # nosec B101 - the caller asks only then
    if view is not None and not view.running:
        return Move(at.enter(to, at.state.reason, ending=None, pause=None))
    if at.is_past_deadline:
        reason = f"{at.state.reason}; the canary could not be stopped and runs without traffic"
        return Move(at.enter(to, reason, ending=None, pause=None), (page(reason),))
    return at.stay()


def _pending(at: Situation) -> Move:
    if at.seen.waits_for:
        return at.stay()
    reason = "the place is free: plan, canary and stable release are fixed"
    return Move(at.enter(Phase.INITIALIZING, reason, within=at.plan.ready_within))


def _initializing(at: Situation) -> Move:
    if at.arms.canary == at.arms.stable:
        return end(at, Phase.FAILED, "canary and stable are the same release: there is nothing to roll out")
    if at.arms.stable is None:
        reason = "first release: nothing to compare with, so no steps; smoke test, absolute limits and an approval decide"
    elif at.stable_serves:
        reason = "the stable release serves: the canary is being started beside it"
    elif at.state.forced_by:
        reason = f"{at.state.forced_by} decided to start although the stable release does not serve"
    else:
        return _no_stable(at)
    return Move(at.enter(Phase.STAGING_DEPLOYING, reason, within=at.plan.ready_within))


def _no_stable(at: Situation) -> Move:
    """Nothing is compared with, or rolled back to, a release that does not serve."""
    seen = "not seen" if at.seen.stable is None else f"not serving {at.seen.stable.detail}".rstrip()
    if at.is_past_deadline:
        return end(at, Phase.FAILED, f"not started: the stable release was {seen}, and nobody decided to go on without it")
    return Move(replace(at.state, reason=f"not started yet: the stable release is {seen}"))


def _deploying(at: Situation) -> Move:
    if at.canary_serves:
        return Move(at.enter(Phase.SMOKE_TESTING, "the canary is ready: smoke test, without traffic", within=at.plan.stage_within))
    if at.is_past_deadline:
        detail = "it was not seen" if at.seen.canary is None else at.seen.canary.detail or "no detail"
        return end(at, Phase.FAILED, f"the canary was not ready in time ({detail})")
    return at.stay()


def _stage(at: Situation) -> Move:
    stage = STAGES[at.state.phase]
    result = at.seen.stages.get(stage)
    if result is not None and result.passed is False:
        return end(at, Phase.FAILED, f"{stage} failed: {result.detail or 'no detail'}")
    if result is None or result.passed is None:
        return end(at, Phase.FAILED, f"{stage} did not end in time") if at.is_past_deadline else at.stay()
    if stage == "smoke" and at.plan.migrations:
        return Move(at.enter(Phase.MIGRATING, "smoke test passed: expand-only migrations", within=at.plan.stage_within))
    if at.needs_approval:
        return Move(to_approval(at, f"{stage} passed: an approval is needed before any traffic moves"))
    return Move(stepping.enter_step(at, at.first_step, f"{stage} passed"))


def to_approval(at: Situation, reason: str) -> RolloutState:
    """Wait for somebody's word."""
    return at.enter(Phase.WAITING_APPROVAL, reason, within=at.plan.approval_timeout, weight_percent=0, pause=None)


def approval(at: Situation) -> Move:
    """Also of a rollout that is held because nobody approved in time."""
    if at.seen.approved is False:
        return end(at, Phase.CANCELLED, "rejected: no traffic was moved")
    if at.seen.approved:
        return Move(stepping.enter_step(at, at.first_step, "approved"))
    if at.state.phase is Phase.WAITING_APPROVAL and at.is_past_deadline:
        pause = Pause(PauseReason.APPROVAL_TIMEOUT, at.now, at.plan.steps[0].bake, back_to=Phase.WAITING_APPROVAL)
        reason = "nobody approved in time: held without traffic"
        return Move(at.enter(Phase.PAUSED, reason, pause=pause), (tell(reason),))
    return at.stay()


_MOVES = {
    Phase.INITIALIZING: _initializing,
    Phase.STAGING_DEPLOYING: _deploying,
    Phase.SMOKE_TESTING: _stage,
    Phase.MIGRATING: _stage,
    Phase.WAITING_APPROVAL: approval,
}
