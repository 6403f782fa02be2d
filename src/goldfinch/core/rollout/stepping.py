"""From one weight to the next: the canary is ready, the router is asked, what it serves is read back, sessions warm up.

Weight rises here only, in `enter_step` and `_scaling_up`, and `enter_step` is called after a recorded pass or a person's decision.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from goldfinch.core.rollout import before_traffic, holding, rolling_back
from goldfinch.core.rollout.situation import Move, Situation
from goldfinch.core.rollout.state import PauseReason, Phase, RollbackPhase, RolloutState, StepPhase


def enter_step(at: Situation, step: int, why: str, **changes: Any) -> RolloutState:
    """Begin a step with the canary's readiness; the weight stays what it is until it is ready."""
    weight = at.plan.steps[step].weight_percent
    last = step == at.last_step
    phase = Phase.PROMOTING if last else Phase.PROGRESSING
    changes = {"step": step, "extended": False, "pause": None, "bake_left": None, **changes}
    reason = f"{why}: next {weight} % of new sessions"
    return at.enter(phase, reason, part=StepPhase.SCALING_UP, within=at.plan.ready_within, **changes)


def move(at: Situation) -> Move:
    """One pass of a step that is not baking yet."""
    if not at.has_moved and at.needs_approval and at.seen.approved is not True:
        return _unapproved(at)
    return _MOVES[at.state.part if isinstance(at.state.part, StepPhase) else StepPhase.SCALING_UP](at)


def shift(at: Situation, why: str, **changes: Any) -> RolloutState:
    """Ask the router for the weight of the step. Written before it is asked, so that no crash forgets it."""
    weight = at.step.weight_percent
    reason = f"{why}: the router is asked for {weight} %"
    changes = {"weight_percent": weight, "pause": None, **changes}
    return at.enter(at.state.phase, reason, part=StepPhase.SHIFTING, within=at.plan.verify_within, **changes)


def bake(at: Situation, why: str, **changes: Any) -> RolloutState:
    """The deadline is set here: from now on, whatever restarts in between."""
    left = at.step.bake if at.state.bake_left is None else at.state.bake_left
    reason = f"{why}: {at.state.weight_percent} % is watched until its time is over and measured"
    changes = {"bake_left": None, "pause": None, **changes}
    return at.enter(Phase.PROGRESSING, reason, part=StepPhase.BAKING, within=at.ahead + left, **changes)


def _unapproved(at: Situation) -> Move:
    if at.seen.approved is False:
        return before_traffic.end(at, Phase.CANCELLED, "rejected: no traffic was moved")
    return Move(before_traffic.to_approval(at, "the approval no longer holds: a new one is needed"))


def _scaling_up(at: Situation) -> Move:
    if at.canary_serves:
        return Move(shift(at, "the canary is ready"))
    if not at.is_past_deadline:
        return at.stay()
    if at.has_traffic:
        return rolling_back.begin(at, "not_ready", "the canary was not ready for more traffic in time")
    return before_traffic.end(at, Phase.FAILED, "the canary was not ready in time: no traffic was moved")


def _shifting(at: Situation) -> Move:
    if at.served_percent == at.state.weight_percent:
        reason = f"the router shows {at.state.weight_percent} %: waiting until every proxy has acknowledged it"
        left = replace(at.state, part=StepPhase.VERIFYING, entered_at=at.now, reason=reason)
        return Move(left)
    return _late(at)


def _verifying(at: Situation) -> Move:
    router = at.seen.router
    if router is not None and router.foreign_change:
        return holding.hold(at, PauseReason.ROUTE_DRIFT, f"somebody else changed the route: {router.foreign_change}")
    if router is not None and router.canary_percent != at.state.weight_percent:
        reason = f"the router is back at {router.canary_percent} %: asked again for {at.state.weight_percent} %"
        return Move(replace(at.state, part=StepPhase.SHIFTING, entered_at=at.now, reason=reason))
    if router is None or not router.acknowledged:
        return _late(at)
    return Move(_verified(at))


def _verified(at: Situation) -> RolloutState:
    weight = at.state.weight_percent
    if at.state.step == at.last_step:
        drain = at.plan.session_drain if at.arms.stable else timedelta(0)
        reason = f"{weight} % verified: sessions of the stable release may end there"
        return at.enter(Phase.PROMOTING, reason, part=RollbackPhase.DRAINING, within=drain, verified_weight_percent=weight)
    reason = f"{weight} % verified: sessions begun while it warms up do not count"
    return at.enter(Phase.PROGRESSING, reason, part=StepPhase.WARMING_UP, within=at.plan.warm_up, verified_weight_percent=weight)


def _late(at: Situation) -> Move:
    """The router lags, refuses or is not seen. Its answer is waited for as long as the plan says, then the way is back."""
    if at.is_past_deadline:
        why = "; ".join(at.seen.failures) or "no word from it"
        return rolling_back.begin(at, "router", f"the router did not serve {at.state.weight_percent} % in time ({why})")
    return at.stay()


def _warming_up(at: Situation) -> Move:
    return Move(bake(at, "warm")) if at.is_past_deadline else at.stay()


_MOVES = {
    StepPhase.SCALING_UP: _scaling_up,
    StepPhase.SHIFTING: _shifting,
    StepPhase.VERIFYING: _verifying,
    StepPhase.WARMING_UP: _warming_up,
}
