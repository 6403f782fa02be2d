"""Watching: a step under measurement, and the time after 100 % while the old release is warm. No silence passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from goldfinch.core.health.outcome import Assessment, Call
from goldfinch.core.rollout import holding, rolling_back, stepping
from goldfinch.core.rollout.describing import countdown
from goldfinch.core.rollout.plan import OnInconclusive
from goldfinch.core.rollout.situation import Move, Situation, tell
from goldfinch.core.rollout.state import Completion, PauseReason, Phase, RolloutState


def move(at: Situation) -> Move:
    """A watched time that is over by the clock and by event time, and a check made in this pass, decide; anything less waits."""
    check = at.seen.assessment
    if check is None or not is_over(at):
        return at.stay()
    if check.call is Call.PASS:
        return passed(at, f"passed: {check.reason}")
    return _short(at, check) if check.call is Call.WAIT else at.stay()


def is_over(at: Situation) -> bool:
    """By the clock and by event time: a clock that jumps ahead shortens nothing."""
    until = at.seen.measured_until
    return at.is_past_deadline and until is not None and at.state.deadline is not None and until >= at.state.deadline


def passed(at: Situation, why: str) -> Move:
    """What follows a watch that passed."""
    if at.state.phase is Phase.POST_PROMOTION_ANALYSIS:
        return Move(finish(at, why))
    if not at.step.wait_for_person:
        return Move(stepping.enter_step(at, at.state.step + 1, why))
    if at.state.step + 1 == at.last_step:
        reason = f"{why}; a person decides about 100 %"
        return Move(at.enter(Phase.WAITING_PROMOTION, reason), (tell(reason),))
    return holding.hold(at, PauseReason.CANARY_PAUSE_STEP, f"{why}; the plan stops here until a person goes on")


def finish(at: Situation, why: str) -> RolloutState:
    """The canary is the new stable release."""
    reason = f"{why}: the canary becomes the stable release, the old one is retired"
    completion = at.state.completion or Completion.PROMOTED
    return at.enter(Phase.FINALISING, reason, within=at.plan.drain_within, completion=completion, pause=None, bake_left=None)


def drain(at: Situation) -> Move:
    """At 100 %: running sessions of the stable release may end before the analysis begins."""
    if not at.is_past_deadline:
        return at.stay()
    reason = f"sessions had their time to end: {countdown(length(at))} with the old release warm"
    return Move(analyse(at, reason))


def analyse(at: Situation, reason: str) -> RolloutState:
    """Watch 100 %, as long as is left of it."""
    left = at.plan.post_promotion if at.state.bake_left is None else at.state.bake_left
    return at.enter(Phase.POST_PROMOTION_ANALYSIS, reason, within=at.ahead + left, bake_left=None, pause=None)


def length(at: Situation) -> timedelta:
    """Of the present watch."""
    return at.plan.post_promotion if at.state.phase in (Phase.POST_PROMOTION_ANALYSIS, Phase.PROMOTING) else at.step.bake


def _short(at: Situation, check: Assessment) -> Move:
    lacking = "; ".join(check.missing) or check.reason
    more = length(at) * (at.plan.max_extension - 1)
    if not at.state.extended and more > timedelta(0) and at.state.deadline is not None:
        reason = f"too little to pass ({lacking}): watched {countdown(more)} longer, once"
        return Move(replace(at.state, extended=True, deadline=at.state.deadline + more, reason=reason))
    if at.plan.on_inconclusive is OnInconclusive.ROLLBACK:
        return rolling_back.begin(at, "inconclusive", f"inconclusive after the extended time ({lacking}), and the plan rolls back then")
    if at.plan.on_inconclusive is OnInconclusive.PROMOTE and _was_measured(check):
        return passed(at, f"inconclusive ({lacking}), and the plan goes on then")
    pause = PauseReason.INSUFFICIENT_SAMPLES if check.missing else PauseReason.INCONCLUSIVE_ANALYSIS
    return holding.hold(at, pause, f"too little to pass after the extended time ({lacking}): a person decides")


def _was_measured(check: Assessment) -> bool:
    return any(metric.canary.units > 0 for metric in check.checks)
