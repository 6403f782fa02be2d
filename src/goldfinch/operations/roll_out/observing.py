"""What one pass sees. What does not answer is missing, and never an exception: missing evidence is a value of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from goldfinch.core.rollout.before_traffic import STAGES
from goldfinch.core.rollout.evidence import RouterView, StageResult, TargetView
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RollbackPhase, RolloutState
from goldfinch.operations.roll_out.acting import why
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.time_limit import within
from goldfinch.ports.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """`silent` says what did not answer, and why."""

    router: RouterView | None
    canary: TargetView | None
    stable: TargetView | None
    stages: Mapping[str, StageResult]
    named_stable: str | None
    silent: Mapping[str, str]


async def observe(rollout: Rollout, world: Surroundings, clock: Clock, pace: Pace) -> Seen:
    """Ask router and deployer at the same time, each within its limit."""
    silent: dict[str, str] = {}

    async def asked(name: str, question: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await within(clock, pace.view_s, question)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises is an answer that is missing
            silent[name] = why(error)
            return None

    stage = STAGES.get(rollout.state.phase)
    router, canary, stable, result, named = await asyncio.gather(
        asked("router", world.router.view()),
        asked("canary", world.deployer.view(rollout.canary)),
        asked("stable", world.deployer.view(rollout.stable)) if rollout.stable else _nothing(),
        asked(stage, world.deployer.stage_result(stage, rollout.canary)) if stage else _nothing(),
        asked("stable", world.deployer.named_stable()) if _names_matter(rollout.state) else _nothing(),
    )
    return Seen(router, canary, stable, {stage: result} if stage and result else {}, named, silent)


def _names_matter(state: RolloutState) -> bool:
    """At both ends: the name `stable` is to mean the release that serves then."""
    return state.phase is Phase.FINALISING or state.part is RollbackPhase.SCALING_DOWN


async def _nothing() -> None:
    return None
