"""Probe sessions against scripted arms, on a clock that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import AgentUnusable, InfrastructureError
from goldfinch.core.health.events import PROBE_SCORE, TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.probes.probed import ProbedRollout
from goldfinch.core.scoring.must_include import MustInclude
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.probe_sessions import ProbeSessions, ProbeTerms
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.probe_target import ScriptedProbeTarget

CASES = [
    (Case(name, [{"role": "user", "content": name}, {"role": "user", "content": "again?"}], expected=Expected(must_include=(name,))), name)
    for name in ("ada", "grace", "joan")
]
PROBED = ProbedRollout("r1", {Arm.CANARY: "new", Arm.STABLE: "old"})


def remembers(said: tuple[Any, ...]) -> str:
    return " ".join(said)


def forgets(said: tuple[Any, ...]) -> str:
    return str(said[-1])


@dataclass
class Notes:
    kept: list[TurnNote] = field(default_factory=list)
    fails: bool = False

    def add(self, notes: Iterable[TurnNote]) -> None:
        if self.fails:
            raise InfrastructureError("disk full")
        self.kept += notes

    def values(self, arm: Arm) -> list[float | None]:
        return [note.scores[PROBE_SCORE] for note in self.kept if note.arm is arm and note.scores is not None]


class World:
    """Two arms, a clock, the notes, and what was said."""

    def __init__(self, canary: ScriptedProbeTarget | None = None, stable: ScriptedProbeTarget | None = None) -> None:
        self.arms = {
            Arm.CANARY: canary or ScriptedProbeTarget(remembers, release="new"),
            Arm.STABLE: stable or ScriptedProbeTarget(remembers, release="old"),
        }
        self.clock, self.notes, self.said = FakeClock(), Notes(), list[str]()
        self.probed: ProbedRollout | None = PROBED
        self.opened: list[ProbedRollout] = []
        self.no_key = 0
        ids = count()
        self.probes = ProbeSessions(
            CASES,
            (Metric(MustInclude()),),
            ProbeTerms(per_minute=60.0),
            rollout=self._rollout,
            open_target=self._open,
            notes=self.notes,
            clock=self.clock,
            new_id=lambda: f"{next(ids):04}",
            say=self.said.append,
        )

    async def _rollout(self) -> ProbedRollout | None:
        return self.probed

    def _open(self, probed: ProbedRollout, arm: Arm) -> ScriptedProbeTarget:
        if self.no_key:
            self.no_key -= 1
            raise InfrastructureError("no key")
        self.opened.append(probed)
        return self.arms[arm]

    async def run(self, seconds: float) -> None:
        task = asyncio.create_task(self.probes.run())
        await self.clock.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_both_arms_get_the_same_cases_at_the_stated_rate() -> None:
    world = World()
    await world.run(59.5)
    assert [len(target.sessions) for target in world.arms.values()] == [60, 60]
    assert list(world.arms[Arm.CANARY].sessions.values()) == list(world.arms[Arm.STABLE].sessions.values())
    assert list(world.arms[Arm.CANARY].sessions.values())[:4] == [
        ("ada", "again?"),
        ("grace", "again?"),
        ("joan", "again?"),
        ("ada", "again?"),
    ]
    assert world.probes.tally.by_release == {"new": (60, 60), "old": (60, 60)}


async def test_a_note_is_of_a_probe_with_the_score_of_its_session() -> None:
    world = World(canary=ScriptedProbeTarget(forgets, release="new"))
    await world.run(2.5)
    assert world.notes.values(Arm.CANARY) == [0.0, 0.0, 0.0]
    assert world.notes.values(Arm.STABLE) == [1.0, 1.0, 1.0]
    first = world.notes.kept[0]
    assert first.probe
    assert first.session in {*world.arms[Arm.CANARY].sessions, *world.arms[Arm.STABLE].sessions}
    assert first.session.startswith("probe-")
    assert first.time_s == world.clock.utc().timestamp() - world.clock.monotonic_s()


async def test_the_agents_own_failure_is_nought_and_that_of_the_way_is_missing() -> None:
    failures = iter([Failure(FailureKind.SERVER_ERROR, "crash", 500), Failure(FailureKind.NETWORK, "refused")])
    world = World(canary=ScriptedProbeTarget(lambda said: next(failures), release="new"))
    await world.run(1.5)
    assert world.notes.values(Arm.CANARY) == [0.0, None]


async def test_a_failure_that_no_release_signs_is_missing() -> None:
    """The proxy itself may have said it; an arm is not judged by that."""
    failure = Failure(FailureKind.SERVER_ERROR, "no healthy upstream", 503)
    world = World(canary=ScriptedProbeTarget(lambda said: failure, release=None))
    await world.run(0.5)
    assert world.notes.values(Arm.CANARY) == [None]


async def test_an_answer_of_another_release_says_nothing_of_the_arm() -> None:
    world = World(canary=ScriptedProbeTarget(forgets, release="old"))
    await world.run(0.5)
    assert world.notes.values(Arm.CANARY) == []
    assert world.probes.tally.misdirected == 1


async def test_no_rollout_no_probe_and_a_new_one_is_reached_anew() -> None:
    world = World()
    world.probed = None
    task = asyncio.create_task(world.run(40.0))
    await world.clock.sleep(10.25)
    assert not world.arms[Arm.CANARY].sessions
    world.probed = PROBED
    await world.clock.sleep(10.0)
    world.probed = ProbedRollout("r2", {Arm.CANARY: "new"})
    sent = len(world.arms[Arm.STABLE].sessions)
    await task
    assert 9 <= sent <= 11
    assert len(world.arms[Arm.STABLE].sessions) <= sent + 1
    assert world.opened == [PROBED, PROBED, ProbedRollout("r2", {Arm.CANARY: "new"})]
    assert not any(target.is_open for target in world.arms.values())


async def test_what_goes_wrong_is_said_once_and_tried_again() -> None:
    world = World()
    world.no_key = 3
    await world.run(35.0)
    assert world.said == ["probe sessions wait: no key"]
    assert world.notes.values(Arm.CANARY)


async def test_notes_that_cannot_be_kept_are_lost_and_the_probes_go_on() -> None:
    world = World()
    world.notes.fails = True
    await world.run(5.5)
    assert world.probes.tally.missing == 12
    assert len(world.said) <= 2 * 6
    assert all("disk full" in line for line in world.said)


async def test_a_service_that_refuses_to_be_asked_ends_no_task() -> None:
    world = World(canary=ScriptedProbeTarget(lambda said: AgentUnusable("the service answered 401"), release="new"))
    await world.run(3.5)
    assert world.said == ["a probe session of canary says nothing: the service answered 401"]
    assert world.notes.values(Arm.STABLE) == [1.0] * 4
