"""A rehearsal of the way back: two releases under load, one of them broken on purpose, and a watch beside it (P12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from goldfinch.core.recovery.drills import Drill, Fault
from goldfinch.core.recovery.failures import DrillFailed
from goldfinch.core.recovery.times import RollbackTimes
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.operations.roll_back import live_proof
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_probe import LiveProbe
from goldfinch.ports.rollout_store import RolloutStore

LOOK_S: Final = 0.1
READY_WITHIN_S: Final = 90.0
TRIGGERS: Final[dict[Fault, frozenset[str]]] = {
    Fault.ERRORS: frozenset({"error_rate", "fast_path"}),
    Fault.LATENCY: frozenset({"p95_latency", "fast_path"}),
    Fault.QUALITY: frozenset({"evaluation_score"}),
    Fault.METRICS_OUTAGE: frozenset({"unknown", "no_data", "MetricsUnavailable"}),
    Fault.KILL_CONTROLLER: frozenset({"error_rate", "fast_path"}),
}
"""What has to have seen each fault."""


class RehearsalWorld(Protocol):
    """The parts that a drill runs: real ones, on this machine."""

    rollout_id: str
    stable: str

    async def break_it(self, fault: Fault) -> None:
        """Switch the fault on; of `kill-controller` the controller is killed, and another one started."""
        ...

    def requests(self) -> tuple[int, int]:
        """Answered so far, and failed otherwise than by the fault itself."""
        ...


@dataclass(frozen=True, slots=True)
class DrillTools:
    """With the store and the door of the rehearsal, not of production."""

    store: RolloutStore
    clock: Clock
    probe: LiveProbe
    say: Callable[[str], None]
    alive: Callable[[], Awaitable[str]]
    """Why a part of the rehearsal has died; "": all of them live."""


async def drill(fault: Fault, world: RehearsalWorld, tools: DrillTools, *, by: str, environment: str, within_s: float) -> Drill:
    """Passed where it was rolled back for the right reason, proved by live requests, within P4, and nobody else's request failed.

    Raises `DrillFailed` (E3805) where the rehearsal itself does not get that far.
    """
    at = tools.clock.utc()
    await _until(tools, world, _has_traffic, READY_WITHIN_S, "the canary got no traffic")
    began_at, began_s = tools.clock.utc(), tools.clock.monotonic_s()
    tools.say(f"fault {fault} is on: the canary has half of the new sessions")
    await world.break_it(fault)
    times = RollbackTimes()
    while True:
        rollout = await _look(tools, world)
        passed_s = tools.clock.monotonic_s() - began_s
        if times.proved_s is None and _is_back(rollout):
            times = await _proved(times, rollout, world, tools, began_s)
        if rollout.state.phase in TERMINAL or passed_s > within_s:
            break
        await tools.clock.sleep(LOOK_S)
    if rollout.state.phase is Phase.ROLLED_BACK and times.proved_s is None:
        times = await _proved(times, rollout, world, tools, began_s)
    decided = _decided(tools.store.decisions(world.rollout_id), began_at)
    times = _since_the_decision(times, decided, began_at, passed_s if rollout.state.phase in TERMINAL else None)
    answered, failed = world.requests()
    result = Drill(
        at=at,
        fault=fault,
        passed=False,
        sentence="",
        times=times,
        detected_s=(decided - began_at).total_seconds() if decided else None,
        trigger=rollout.state.trigger,
        environment=environment,
        by=by,
        requests=answered,
        failed_requests=failed,
    )
    wrong = tuple(_wrong(result, rollout))
    return replace(result, passed=not wrong, sentence=_sentence(result, wrong))


async def _proved(times: RollbackTimes, rollout: Rollout, world: RehearsalWorld, tools: DrillTools, began_s: float) -> RollbackTimes:
    if times.verified_s is None:
        times = replace(times, verified_s=tools.clock.monotonic_s() - began_s)
    if (await live_proof(world.stable, rollout, tools.probe)).holds:
        return replace(times, proved_s=tools.clock.monotonic_s() - began_s)
    return times


def _is_back(rollout: Rollout) -> bool:
    return rollout.state.verified_weight_percent == 0 and rollout.state.phase in (Phase.ROLLING_BACK, Phase.ROLLED_BACK)


def _decided(decisions: tuple[Decision, ...], since: datetime) -> datetime | None:
    return next((one.at for one in decisions if one.to_phase.startswith(Phase.ROLLING_BACK.value) and one.at >= since), None)


def _since_the_decision(times: RollbackTimes, decided: datetime | None, began_at: datetime, ended_s: float | None) -> RollbackTimes:
    """P4 counts from the decision; until there is one, nothing was late."""
    if decided is None:
        return RollbackTimes()
    before = (decided - began_at).total_seconds()

    def since(seconds: float | None) -> float | None:
        return None if seconds is None else max(0.0, seconds - before)

    return RollbackTimes(since(times.verified_s), since(times.proved_s), since(ended_s))


def _wrong(result: Drill, rollout: Rollout) -> list[str]:
    wrong = []
    if rollout.state.phase is not Phase.ROLLED_BACK:
        wrong.append(f"it is {rollout.state.phase}: {rollout.state.reason}")
    elif result.trigger not in TRIGGERS[result.fault]:
        wrong.append(f"rolled back by {result.trigger or 'nothing'}, not by {' or '.join(sorted(TRIGGERS[result.fault]))}")
    wrong += result.times.misses()
    if result.failed_requests:
        wrong.append(f"{result.failed_requests} of {result.requests} requests failed that the fault does not explain")
    if not result.requests:
        wrong.append("no request was answered")
    return wrong


def _sentence(result: Drill, wrong: tuple[str, ...]) -> str:
    seen = "never decided" if result.detected_s is None else f"decided by {result.trigger} after {result.detected_s:.1f} s"
    asked = f"{result.requests} requests, {result.failed_requests} failed"
    words = f"drill {result.fault}: {seen}; from the decision on: {result.times.in_words()}; {asked}"
    return f"{words}; NOT passed: {'; '.join(wrong)}" if wrong else f"{words}; passed"


def _has_traffic(rollout: Rollout) -> bool:
    return bool(rollout.state.verified_weight_percent)


async def _until(tools: DrillTools, world: RehearsalWorld, holds: Callable[[Rollout], bool], within_s: float, lacking: str) -> None:
    ends_s = tools.clock.monotonic_s() + within_s
    while not holds(rollout := await _look(tools, world)):
        if rollout.state.phase in TERMINAL or tools.clock.monotonic_s() > ends_s:
            raise DrillFailed(f"{lacking}: {rollout.state.phase}: {rollout.state.reason}", where=f"rollout {rollout.id}")
        await tools.clock.sleep(LOOK_S)


async def _look(tools: DrillTools, world: RehearsalWorld) -> Rollout:
    if died := await tools.alive():
        raise DrillFailed(died)
    return tools.store.get(world.rollout_id)
