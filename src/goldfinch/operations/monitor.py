"""Watch what serves for a while, against absolute limits or a baseline (R44), or watch the rollout that is under way (R48, R49)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from goldfinch.core.errors import ExitCode
from goldfinch.core.recovery.watching import SCORE, Limit, ServedRequest, WatchReport, overall, sentence, watched
from goldfinch.core.rollout.describing import describe
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, PauseReason, Phase, RollbackPhase, StepPhase
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_requests import LiveRequests
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore

LOOK_S: Final = 0.5
SAY_EVERY_S: Final = 60.0
NO_RELEASE: Final = "the proxy itself"
"""What answered where no release did."""
_LOG_LAGS_S: Final = 1.0
"""The access log is flushed every 200 ms."""


@dataclass(frozen=True, slots=True)
class ServiceWatch:
    """What is watched, for how long and against what. `notes`: fallbacks, told loudly and first."""

    seconds: float
    limits: tuple[Limit, ...]
    notes: tuple[str, ...] = ()
    release: str = ""
    """Only what this release answered counts; "": whatever serves."""


@dataclass(frozen=True, slots=True)
class ProbedTraffic:
    """What probe sessions saw. `rate`: how many a minute, in words."""

    rate: str
    requests: tuple[ServedRequest, ...] = ()
    scores: tuple[float, ...] = ()


Probes = Callable[[float], Awaitable[ProbedTraffic]]
"""Sends probe sessions for so many seconds."""


async def monitor_service(
    watch: ServiceWatch, requests: LiveRequests, clock: Clock, *, say: Callable[[str], None], probes: Probes | None = None
) -> WatchReport:
    """Healthy, unhealthy or inconclusive, after the whole time: nothing is decided sooner, and nothing passes by silence.

    What probe sessions saw counts only where no user came, and is marked so.
    """
    for note in watch.notes:
        say(note)
    since = clock.utc()
    sent = await _wait(watch.seconds, clock, probes, say)
    until = clock.utc()
    await clock.sleep(_LOG_LAGS_S)
    users = [one for one in requests.ended(since, until) if not one.probe and (not watch.release or one.release in ("", watch.release))]
    return _report(watch, users, sent)


def _report(watch: ServiceWatch, users: Sequence[ServedRequest], sent: ProbedTraffic | None) -> WatchReport:
    from_probes = sent is not None and not users
    notes = (*watch.notes, f"no user came: judged by probe sessions, {sent.rate}") if sent is not None and from_probes else watch.notes
    counted = sent.requests if sent is not None and from_probes else tuple(users)
    scores = sent.scores if sent is not None else ()
    limits = [limit for limit in watch.limits if limit.metric != SCORE or sent is not None]
    metrics = watched(counted, limits, scores)
    health = overall(metrics)
    releases = Counter(request.release or NO_RELEASE for request in counted)
    return WatchReport(health, sentence(health, metrics), watch.seconds, metrics, notes, dict(releases), from_probes)


async def _wait(seconds: float, clock: Clock, probes: Probes | None, say: Callable[[str], None]) -> ProbedTraffic | None:
    if probes is not None:
        return await probes(seconds)
    ends_s = clock.monotonic_s() + seconds
    while (left := ends_s - clock.monotonic_s()) > 0:
        say(f"watching for {left:.0f} s more")
        await clock.sleep(min(left, SAY_EVERY_S))
    return None


@dataclass(frozen=True, slots=True)
class RolloutWatch:
    """`seconds`: how long a decision of the present step is waited for, at the least; the plan's own time is waited for in any case."""

    rollout_id: str
    seconds: float
    by: str
    roll_back: bool = True
    """What is still undecided when the time is over is rolled back where the plan's own hold is no person's."""
    to_the_end: bool = False
    """Not the present step alone."""


@dataclass(frozen=True, slots=True)
class RolloutReport:
    """Where the rollout stands, with the exit code that says it."""

    rollout: Rollout
    exit_code: ExitCode
    sentence: str

    def as_json(self) -> dict[str, Any]:
        state = self.rollout.state
        return {
            "schema_version": 1,
            "kind": "rollout_monitoring",
            "rollout": self.rollout.id,
            "environment": self.rollout.environment,
            "canary": self.rollout.canary,
            "stable": self.rollout.stable,
            "phase": str(state.phase),
            "weight_percent": state.weight_percent,
            "verified_weight_percent": state.verified_weight_percent,
            "trigger": state.trigger,
            "reason": state.reason,
            "exit_code": int(self.exit_code),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class RolloutTools:
    """As of `WayBack`."""

    store: RolloutStore
    ledger: ReleaseLedger
    clock: Clock
    drive: Callable[[str], Awaitable[None]]
    say: Callable[[str], None]


async def monitor_rollout(watch: RolloutWatch, tools: RolloutTools) -> RolloutReport:
    """Until its present step is decided, it has ended, or the time is over: 0 passed, 3 undecided, 5 rolled back, 6 rollback failed."""
    driving = asyncio.ensure_future(_driven(tools.drive, watch.rollout_id))
    try:
        rollout = tools.store.get(watch.rollout_id)
        begins = rollout.state.step
        ends_s = tools.clock.monotonic_s() + max(watch.seconds, _longest_s(rollout))
        rollout = await _until(tools, watch, ends_s, lambda row: settled(row, begins, to_the_end=watch.to_the_end))
        if not settled(rollout, begins, to_the_end=watch.to_the_end) and watch.roll_back and _abort(rollout, watch, tools):
            rollout = await _until(tools, watch, tools.clock.monotonic_s() + _way_back_s(rollout), lambda row: row.state.phase in TERMINAL)
        return report(rollout, begins, tools.clock.utc())
    finally:
        driving.cancel()
        with suppress(asyncio.CancelledError):
            await driving


async def _driven(drive: Callable[[str], Awaitable[None]], rollout_id: str) -> None:
    with suppress(Exception):
        await drive(rollout_id)


async def _until(tools: RolloutTools, watch: RolloutWatch, ends_s: float, over: Callable[[Rollout], bool]) -> Rollout:
    said = ""
    while True:
        rollout = tools.store.get(watch.rollout_id)
        words = describe(rollout.plan, rollout.state, canary=rollout.canary, now=tools.clock.utc())
        if words != said:
            said = words
            tools.say(words)
        if over(rollout) or tools.clock.monotonic_s() >= ends_s:
            return rollout
        await tools.clock.sleep(LOOK_S)


def settled(rollout: Rollout, begins: int, *, to_the_end: bool = False) -> bool:
    """Whether the step that was current at the beginning is decided: passed, waiting for a person, or given up."""
    state = rollout.state
    if state.phase in TERMINAL or (state.phase is Phase.ROLLBACK_FAILED):
        return True
    if to_the_end:
        return False
    return waits_for_a_person(rollout) or state.step > begins


def waits_for_a_person(rollout: Rollout) -> bool:
    """Not for a time or a measurement."""
    state = rollout.state
    if state.phase in (Phase.WAITING_PROMOTION, Phase.WAITING_APPROVAL):
        return True
    return (
        state.phase is Phase.PAUSED
        and state.pause is not None
        and state.pause.hold is None
        and state.pause.reason is not PauseReason.ROUTE_DRIFT
    )


def passed_step(rollout: Rollout) -> bool:
    """A person may take the next step: the measurements have passed this one."""
    state = rollout.state
    by_plan = state.phase is Phase.PAUSED and state.pause is not None and state.pause.reason is PauseReason.CANARY_PAUSE_STEP
    return by_plan or state.phase is Phase.WAITING_PROMOTION


def report(rollout: Rollout, begins: int, now: datetime) -> RolloutReport:
    """Where it stands, seen from the step that was current at the beginning."""
    words = describe(rollout.plan, rollout.state, canary=rollout.canary, now=now)
    return RolloutReport(rollout, exit_code(rollout, begins), words)


def exit_code(rollout: Rollout, begins: int = 0) -> ExitCode:
    """Of a watch over one step."""
    state = rollout.state
    if state.phase is Phase.ROLLED_BACK:
        return ExitCode.ROLLED_BACK
    if state.phase is Phase.ROLLBACK_FAILED:
        return ExitCode.ROLLBACK_FAILED
    if state.phase is Phase.SUCCEEDED or passed_step(rollout) or (state.phase not in TERMINAL and state.step > begins):
        return ExitCode.PASSED
    return ExitCode.GATE_FAILED if state.phase is Phase.FAILED else ExitCode.INCONCLUSIVE


def _abort(rollout: Rollout, watch: RolloutWatch, tools: RolloutTools) -> bool:
    """Nobody watches on after the command, so what is undecided does not stay in front of users."""
    reason = f"not decided within {watch.seconds:.0f} s: {rollout.state.reason}"
    try:
        ask_rollout(Asked(f"monitor {watch.rollout_id}", rollout.id, Verb.ABORT, watch.by, reason), tools.store, tools.ledger, tools.clock)
    except RequestRefused as error:
        tools.say(f"not rolled back: {error}")
        return rollout.state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED)
    tools.say(f"undecided when the time was over: rolled back ({reason})")
    return True


def _longest_s(rollout: Rollout) -> float:
    """Until the present step must be decided: what is left of it, its one extension, and a check after that."""
    plan, state = rollout.plan, rollout.state
    step = plan.steps[min(state.step, len(plan.steps) - 1)]
    bake = step.bake if state.step < len(plan.steps) - 1 else plan.post_promotion
    before = timedelta(0) if state.part is StepPhase.BAKING else plan.ready_within + plan.verify_within + plan.warm_up
    drain = plan.session_drain if state.part is RollbackPhase.DRAINING else timedelta(0)
    return (before + drain + bake * plan.max_extension + 2 * plan.health.check_every).total_seconds()


def _way_back_s(rollout: Rollout) -> float:
    return (rollout.plan.verify_within + 2 * rollout.plan.drain_within).total_seconds()
