"""Which way back there is to a release: through the rollout that is under way, by a rollout of its own, or none that is needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from goldfinch.core.rollout.plan import RolloutPlan, SessionsOnRollback, Step
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Completion, Phase, RollbackPhase, RolloutState

TRIGGER = "operator"
SUFFIX = "-back"
"""Of the ids of rollouts that lead back: seen in every list."""
GOING_BACK = frozenset({Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED})


class Way(StrEnum):
    """What has to happen next. Asked again after it, until it says that nothing has."""

    ABORT = "abort"
    """The rollout under way is of another release: it is aborted, through its state machine."""
    WAIT = "wait"
    """The rollout under way is going back, or ends by itself, already."""
    BEGIN = "begin"
    """A rollout of its own, from the present stable release back to the wanted one."""
    THERE = "there"
    """The wanted release is the stable one, and nothing is under way."""


@dataclass(frozen=True, slots=True)
class NextMove:
    """`refused`: in words, why there is no way; `rollout`: which one it is about; `stable`: what serves now."""

    way: Way
    rollout: Rollout | None = None
    stable: str = ""
    refused: str = ""
    hint: str = ""


def next_move(target: str, under_way: Rollout | None, latest: Rollout | None, serving: str = "") -> NextMove:
    """From what the store says now; nothing is remembered, so that a command that was killed goes on from here.

    `serving`: the release that live requests were answered by, where nothing is under way. It goes before what the store says.
    """
    if under_way is not None:
        return _of_what_is_under_way(target, under_way)
    stable = serving or stable_after(latest)
    if not stable:
        what = "nobody knows what is stable: nothing was rolled out here with success"
        return NextMove(Way.THERE, latest, refused=what, hint="goldfinch rollout start RELEASE --first-release begins")
    return NextMove(Way.THERE if stable == target else Way.BEGIN, latest, stable)


def _of_what_is_under_way(target: str, under_way: Rollout) -> NextMove:
    phase = under_way.state.phase
    if phase in GOING_BACK or under_way.state.ending is not None or phase is Phase.FINALISING:
        return NextMove(Way.WAIT, under_way, under_way.stable or "")
    if target == under_way.canary and phase is not Phase.PENDING:
        what = f"{target} is what {under_way.id} is rolling out: it is no way back"
        return NextMove(Way.WAIT, under_way, refused=what, hint=f"goldfinch rollout promote {under_way.id} --full goes forward to it")
    return NextMove(Way.ABORT, under_way, under_way.stable or "")


def stable_after(latest: Rollout | None) -> str:
    """The stable release when nothing is under way; "": nobody knows."""
    if latest is None:
        return ""
    return latest.canary if latest.state.phase is Phase.SUCCEEDED else latest.stable or ""


def rollout_back(
    rollout_id: str, *, service: str, environment: str, stable: str, target: str, plan: RolloutPlan, reason: str, by: str, now: datetime
) -> Rollout:
    """A rollout whose canary is the release that serves now, at 100 %, and that begins with its rollback to `target`.

    So the way back is the one that every rollback goes: no traffic moves before the target serves (#3941), weight and pins change in one
    file, what the router serves is read back, a router that refuses gets the second path, and the release that is left is drained,
    stopped and denied. The bake is what is left out: there is none on the way back.
    """
    state = RolloutState(
        phase=Phase.ROLLING_BACK,
        part=RollbackPhase.SHIFTING_BACK,
        weight_percent=100,
        verified_weight_percent=100,
        entered_at=now,
        deadline=now + plan.verify_within,
        reason=f"rolling back: {cause(reason, by, target)}",
        trigger=TRIGGER,
        cause=cause(reason, by, target),
        completion=Completion.ABORTED,
    )
    steps = (Step(100, plan.steps[-1].bake),)
    return Rollout(
        id=f"{rollout_id}{SUFFIX}",
        service=service,
        environment=environment,
        canary=stable,
        stable=target,
        plan=replace(plan, steps=steps, approval=False, migrations=False, sessions=SessionsOnRollback.BREAK),
        state=state,
        created_at=now,
        created_by=by,
    )


def cause(reason: str, by: str, target: str) -> str:
    """The sentence that stays on record."""
    return f"rollback to {target} by {by} ({reason})"
