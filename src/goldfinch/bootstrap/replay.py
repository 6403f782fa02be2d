"""A replay, put together: the real controller, health and state machine over a stream, with fakes for everything that would act."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goldfinch.adapters.files.session_stream import SessionStream
from goldfinch.adapters.replay.recorded_router import RecordedRouter
from goldfinch.adapters.replay.stream_evidence import StreamEvidence
from goldfinch.bootstrap.rollout_plan import plan_of
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import UsageError
from goldfinch.core.health.metrics import GuardMode
from goldfinch.core.health.state import HealthState
from goldfinch.core.replay import codes
from goldfinch.core.replay.course import Course, StreamFacts, course_of, recorded_steps
from goldfinch.core.replay.failures import StreamError
from goldfinch.core.replay.outcome import Decided, ReplayResult, result
from goldfinch.core.replay.steps import read_steps
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.plan_check import problems
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import RolloutState
from goldfinch.operations.replay import DecisionWatch, follow
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger
from goldfinch.testing.rollout_store import InMemoryRolloutStore

_ID = "ro_replay"
_LEAD = timedelta(seconds=5)
"""A rollout begins so long before its first recorded weight, so that it is ready for it."""
_LONGEST = timedelta(days=31)
_PACE = Pace(look_s=5.0, lease=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Replay:
    """A stream that was read through and found good, and the plan that it is judged by."""

    stream: SessionStream
    facts: StreamFacts
    course: Course | None
    plan: RolloutPlan
    tolerance_s: float
    sampled_turns: int = 1

    @property
    def begins_at(self) -> datetime:
        """When the first weight was served, or the first event seen."""
        return datetime.fromtimestamp(self.course.windows[0].since_s if self.course else self.facts.first_s, UTC)

    def run(self, saw: Callable[[Decided], None]) -> ReplayResult:
        """Decide every check again; `saw` gets each decision as it is made."""
        with _rare_collections():
            return asyncio.run(_run(self, saw))


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What the command line asks for; None: as the settings have it."""

    stream: Path
    config: Path | None = None
    environment: str = "production"
    steps: str | None = None
    guard: str | None = None
    tolerance_s: float = 10.0
    sampled_turns: int = 1
    ignore_weights: bool = False


def prepare(request: ReplayRequest) -> Replay:
    """Read the stream through. Its recorded weights, where it has some, take the place of the plan's steps.

    Raises `StreamError`, `ConfigurationError`, and `UsageError` where steps were given beside recorded ones.
    """
    plan = _plan(request)
    stream = SessionStream(request.stream, tolerance_s=request.tolerance_s)
    facts = stream.facts()
    if facts.last_s - facts.first_s > _LONGEST.total_seconds():
        days = (facts.last_s - facts.first_s) / 86_400
        what = f"spans {days:,.0f} days; {_LONGEST.days} are the most"
        raise StreamError(what, where=str(request.stream), hint="correct the times, or replay a part", code=codes.TOO_LONG)
    course = None if request.ignore_weights else course_of(facts)
    if course is not None:
        if request.steps is not None:
            what = f"{request.stream} says itself which weights were served when, so --steps means nothing"
            raise UsageError(what, hint="leave --steps out, or add --ignore-weights", code=codes.BAD_REPLAY_OPTION)
        plan = replace(plan, steps=recorded_steps(course, facts.last_s, plan.warm_up))
    return Replay(stream, facts, course, _without_people(_with_measured(plan, facts)), request.tolerance_s, request.sampled_turns)


def _plan(request: ReplayRequest) -> RolloutPlan:
    """The environment's plan, as a rollout would have it, with what the command line changes."""
    plan = plan_of(load_settings(request.config).settings, environment=request.environment)
    if request.steps is not None:
        plan = replace(plan, steps=read_steps(request.steps))
        if wrong := problems(plan):
            raise UsageError(wrong[0], where="--steps", hint="such as 10:30m,50:30m,100:0", code=codes.BAD_REPLAY_OPTION)
    return plan if request.guard is None else replace(plan, health=replace(plan.health, guard=GuardMode(request.guard)))


def _with_measured(plan: RolloutPlan, facts: StreamFacts) -> RolloutPlan:
    """Refuse what the stream can say nothing about: a metric of amounts that no turn has would hold every rollout."""
    missing = [metric.name for metric in plan.health.metrics if metric.cap is not None and metric.name not in facts.amounts]
    if missing:
        what = f"no turn of the stream has `amounts` for {', '.join(missing)}"
        raise UsageError(what, hint="record them, or leave the metric out of `rollout:`", code=codes.BAD_REPLAY_OPTION)
    return plan


def _without_people(plan: RolloutPlan) -> RolloutPlan:
    """A replay asks nobody: where the plan waits for a person, it goes on."""
    steps = tuple(replace(step, wait_for_person=False) for step in plan.steps)
    return replace(plan, steps=steps, approval=False, migrations=False)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Sessions are many, live long and are in no cycle: looking for cycles among them takes a quarter of a replay's time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 5, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def _run(replay: Replay, saw: Callable[[Decided], None]) -> ReplayResult:
    clock = FakeClock(replay.begins_at - (_LEAD if replay.course else timedelta(0)))
    store, rollout = InMemoryRolloutStore(), _rollout(replay.plan, clock.utc())
    store.create(rollout, AuditDraft(clock.utc(), "replay", "rollout.start", f"rollout:{rollout.id}"))
    watch = DecisionWatch(store, rollout, saw)
    controller = Controller(Tools(store, InMemoryReleaseLedger(), clock, watch, _PACE), _surroundings(replay, clock), "replay")
    ended_at, differences = await follow(
        controller.drive(rollout.id),
        store=store,
        watch=watch,
        rollout_id=rollout.id,
        clock=clock,
        course=replay.course,
        ends_at=datetime.fromtimestamp(replay.facts.last_s, UTC),
    )
    row = store.get(rollout.id)
    return result(replay.plan, watch.decided, row.state, ended_at, (*differences, *_unpinned(row)))


def _unpinned(row: Rollout) -> tuple[str, ...]:
    """Sessions that changed their arm are shown, never passed over."""
    count = HealthState.from_state(row.health).unpinned if row.health else 0
    return (f"{count:,} times a session came back on another arm than its first; what it did there counts for neither",) if count else ()


def _rollout(plan: RolloutPlan, now: datetime) -> Rollout:
    return Rollout(_ID, "replay", "replay", "canary", "stable", plan, RolloutState(), now, "replay")


def _surroundings(replay: Replay, clock: FakeClock) -> Callable[[Rollout], Surroundings]:
    evidence = StreamEvidence(
        replay.stream.events,
        replay.plan.health.metrics,
        tolerance_s=replay.tolerance_s,
        course=replay.course,
        sampled_turns=replay.sampled_turns,
    )
    world = Surroundings(RecordedRouter(clock, replay.course), FakeDeployer(clock, running=("stable",)), evidence, FakeNotifier())
    return lambda _: world
