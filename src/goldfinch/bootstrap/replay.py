"""A replay, put together: the real controller, health and state machine over a stream, with fakes for everything that would act."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goldfinch.adapters.files.session_stream import SessionStream
from goldfinch.adapters.replay.recorded_router import RecordedRouter
from goldfinch.adapters.replay.stream_evidence import StreamEvidence
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import UsageError
from goldfinch.core.replay import codes
from goldfinch.core.replay.course import Course, StreamFacts, course_of, recorded_steps
from goldfinch.core.replay.outcome import Decided, ReplayResult, result
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import RolloutState
from goldfinch.operations.replay import DecisionWatch, follow
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.one_pass import Tools
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger
from goldfinch.testing.rollout_store import InMemoryRolloutStore

_ID = "ro_replay"
_LEAD = timedelta(seconds=5)
"""The rollout begins so long before the stream, so that it is ready when the traffic is."""
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

    def run(self, saw: Callable[[Decided], None]) -> ReplayResult:
        """Decide every check again; `saw` gets each decision as it is made."""
        return asyncio.run(_run(self, saw))


def prepare(
    path: Path, plan: RolloutPlan, *, steps_given: bool, tolerance_s: float, sampled_turns: int = 1, ignore_weights: bool = False
) -> Replay:
    """Read the stream through. Its recorded weights, where it has some, take the place of the plan's steps.

    Raises `StreamError`, and `UsageError` where steps were given beside recorded ones.
    """
    stream = SessionStream(path, tolerance_s=tolerance_s)
    facts = stream.facts()
    course = None if ignore_weights else course_of(facts)
    if course is not None and steps_given:
        what = f"{path} says itself which weights were served when, so --steps means nothing"
        raise UsageError(what, hint="leave --steps out, or add --ignore-weights", code=codes.BAD_REPLAY_OPTION)
    if course is not None:
        plan = replace(plan, steps=recorded_steps(course, facts.last_s, plan.warm_up))
    return Replay(stream, facts, course, _without_people(_with_measured(plan, facts)), tolerance_s, sampled_turns)


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


async def _run(replay: Replay, saw: Callable[[Decided], None]) -> ReplayResult:
    begins = datetime.fromtimestamp(replay.course.windows[0].since_s if replay.course else replay.facts.first_s, UTC)
    clock = FakeClock(begins - _LEAD)
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
    return result(replay.plan, watch.decided, store.get(rollout.id).state, ended_at, differences)


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
