"""What shall be so in a state: derived from state and sight in every pass, never from the change that led there."""

from __future__ import annotations

from collections.abc import Iterator

from goldfinch.core.rollout import rolling_back
from goldfinch.core.rollout.before_traffic import STAGES
from goldfinch.core.rollout.commands import Command, Deny, Deploy, MakeStable, MovePins, Retire, RunStage, SetWeight
from goldfinch.core.rollout.evidence import TargetView
from goldfinch.core.rollout.situation import Situation
from goldfinch.core.rollout.state import Phase, RollbackPhase, StepPhase

_NEEDS_CANARY = frozenset(
    {
        Phase.STAGING_DEPLOYING,
        Phase.SMOKE_TESTING,
        Phase.MIGRATING,
        Phase.WAITING_APPROVAL,
        Phase.PROGRESSING,
        Phase.WAITING_PROMOTION,
        Phase.PROMOTING,
        Phase.POST_PROMOTION_ANALYSIS,
    }
)
_NEEDS_STABLE = _NEEDS_CANARY | {Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED}


def commands(at: Situation) -> Iterator[Command]:
    """In the order in which they are to be carried out."""
    phase = at.state.phase
    if at.state.ending is not None:
        yield Retire(at.arms.canary)
        return
    if at.phase in _NEEDS_STABLE and at.arms.stable is not None and _is_missing(at, at.seen.stable):
        yield Deploy(at.arms.stable)
    if at.phase in _NEEDS_CANARY and not at.canary_serves:
        yield Deploy(at.arms.canary)
    if phase in STAGES and not _has_ended(at, STAGES[phase]):
        yield RunStage(STAGES[phase], at.arms.canary)
    yield from _weight(at)
    if phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED):
        yield from _way_back(at)
    if phase in (Phase.FINALISING, Phase.SUCCEEDED):
        yield from _new_stable(at)
    if phase is Phase.ROLLED_BACK:
        yield from _denial(at)
        yield from _name_back(at)


def _is_missing(at: Situation, view: TargetView | None) -> bool:
    """On the way back, a stable release that is not seen is brought up as well: that changes nothing where it runs."""
    return at.state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED) if view is None else not view.running


def _has_ended(at: Situation, stage: str) -> bool:
    result = at.seen.stages.get(stage)
    return result is not None and result.passed is not None


def _weight(at: Situation) -> Iterator[Command]:
    """Upwards only to a canary that serves; elsewhere than on the way, what others set is not fought."""
    router, state = at.seen.router, at.state
    if state.part not in (StepPhase.SHIFTING, StepPhase.VERIFYING) or state.phase not in (Phase.PROGRESSING, Phase.PROMOTING):
        return
    served = router is not None and router.canary_percent == state.weight_percent and router.acknowledged
    if not served and at.canary_serves:
        yield SetWeight(state.weight_percent)


def _way_back(at: Situation) -> Iterator[Command]:
    state, router = at.state, at.seen.router
    if state.part in (RollbackPhase.SHIFTING_BACK, RollbackPhase.VERIFYING) and state.weight_percent == 0:
        yield MovePins(at.plan.sessions)
        if router is None or router.canary_percent != 0 or not router.acknowledged:
            yield SetWeight(0)
    if state.phase is Phase.ROLLBACK_FAILED and rolling_back.tries_now(at):
        yield MovePins(at.plan.sessions)
        yield SetWeight(0, second_path=True)
        if rolling_back.forces(at):
            yield Retire(at.arms.canary, force=True)
    if state.part is RollbackPhase.SCALING_DOWN:
        yield from _denial(at)
        yield from _name_back(at)
        if at.seen.canary is None or at.seen.canary.running:
            yield Retire(at.arms.canary, force=state.attempts > 0)


def _denial(at: Situation) -> Iterator[Command]:
    if rolling_back.denies(at) and at.seen.denied is not True:
        yield Deny(at.arms.canary, rolling_back.cause(at))


def _name_back(at: Situation) -> Iterator[Command]:
    """Of a rollback from a release that had become the stable one: the name goes back too. One that nobody saw is left alone."""
    if at.arms.stable is not None and at.seen.named_stable not in (None, at.arms.stable):
        yield MakeStable(at.arms.stable)


def _new_stable(at: Situation) -> Iterator[Command]:
    """First the name, then the end of the old one: between the two there is a stable release."""
    if at.seen.named_stable != at.arms.canary:
        yield MakeStable(at.arms.canary)
    if at.state.phase is Phase.FINALISING and at.arms.stable is not None and (at.seen.stable is None or at.seen.stable.running):
        yield Retire(at.arms.stable, force=at.state.attempts > 0)
