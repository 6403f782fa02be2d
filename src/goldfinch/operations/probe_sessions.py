"""Probe sessions: golden cases of several turns, sent to both arms while a rollout has traffic, scored against what they expect.

They see what live answers cannot show without a reference, such as lost memory, and are an environment's only traffic where it has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.events import PROBE_SCORE, TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.output import FailureKind
from goldfinch.core.probes.probed import SESSION_PREFIX, ProbedRollout, probe_value
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.probe_playing import Played, Scorer, play
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_notes import LiveNotes
from goldfinch.ports.probe_target import ProbeTarget

LOOK_AGAIN_S = 1.0
"""How often it is looked whether there is a rollout to probe."""
OUTAGE_S = 10.0
"""How long probes rest after a failure that has nothing to do with one session."""


@dataclass(frozen=True, slots=True)
class ProbeTerms:
    per_minute: float
    """Sessions to each arm."""
    timeout_s: float = 30.0
    """Of one request."""
    max_in_flight: int = 64
    """Sessions at a time, of both arms; due beyond it, one is left out and counted."""


@dataclass(slots=True)
class ProbeTally:
    """What became of the probes so far, for a screen and for tests."""

    passed: int = 0
    failed: int = 0
    missing: int = 0
    """The way to the agent failed, or a scorer could not judge."""
    misdirected: int = 0
    """Answered by another release than the arm's: they say nothing."""
    left_out: int = 0
    by_release: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Release → how many were judged, and how many of them passed."""


class ProbeSessions:
    """Sends them from `run` until it is cancelled. Nothing that goes wrong ends it: it is said in one line, and tried again."""

    def __init__(
        self,
        cases: Sequence[tuple[Case, str]],
        metrics: Sequence[Metric],
        terms: ProbeTerms,
        *,
        rollout: Callable[[], Awaitable[ProbedRollout | None]],
        open_target: Callable[[ProbedRollout, Arm], ProbeTarget],
        notes: LiveNotes,
        clock: Clock,
        new_id: Callable[[], str],
        say: Callable[[str], None],
    ) -> None:
        """`rollout` says whom to probe now; `open_target` reaches one arm of it. `new_id` gives letters and digits never given before."""
        self._cases, self._metrics, self._terms = cases, metrics, terms
        self._rollout, self._open_target, self._notes = rollout, open_target, notes
        self._clock, self._new_id, self._say = clock, new_id, say
        self._number = 0
        self._said = ""
        self.tally = ProbeTally()

    async def run(self) -> None:
        while True:
            try:
                probed = await self._rollout()
                if probed is not None:
                    await self._probe(probed)
                await self._clock.sleep(LOOK_AGAIN_S)
            except GoldfinchError as error:
                self._say_once(f"probe sessions wait: {error}")
                await self._clock.sleep(OUTAGE_S)

    async def _probe(self, probed: ProbedRollout) -> None:
        """Probe this rollout until it is no longer the one, or has no traffic any more."""
        interval_s, due_s, under_way = 60 / self._terms.per_minute, self._clock.monotonic_s(), set[asyncio.Task[None]]()
        async with self._targets(probed) as targets, _scoring(Scorer(self._metrics, self._clock)) as scorer, _ended(under_way):
            while await self._rollout() == probed:
                now_s = self._clock.monotonic_s()
                if now_s >= due_s:
                    self._begin(probed, targets, scorer, under_way)
                    due_s = max(due_s + interval_s, now_s - LOOK_AGAIN_S)
                await self._clock.sleep(min(max(0.0, due_s - self._clock.monotonic_s()), LOOK_AGAIN_S))

    @asynccontextmanager
    async def _targets(self, probed: ProbedRollout) -> AsyncIterator[Mapping[Arm, ProbeTarget]]:
        async with AsyncExitStack() as stack:
            yield {arm: await stack.enter_async_context(self._open_target(probed, arm)) for arm in probed.releases}

    def _begin(self, probed: ProbedRollout, targets: Mapping[Arm, ProbeTarget], scorer: Scorer, under_way: set[asyncio.Task[None]]) -> None:
        """The same case to each arm at the same time: what the case is like and what the hour is like cancel out."""
        case = self._cases[self._number % len(self._cases)]
        self._number += 1
        if len(under_way) + len(targets) > self._terms.max_in_flight:
            self.tally.left_out += len(targets)
            return
        for arm, target in targets.items():
            task = asyncio.create_task(self._session(arm, probed.releases[arm], target, scorer, case))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    async def _session(self, arm: Arm, release: str, target: ProbeTarget, scorer: Scorer, hashed: tuple[Case, str]) -> None:
        case, case_hash = hashed
        session = f"{SESSION_PREFIX}{self._new_id()}"
        try:
            played = await play(target, case, session=session, timeout_s=self._terms.timeout_s, clock=self._clock)
            at_s = self._clock.utc().timestamp()
            if played.releases - {release}:
                self.tally.misdirected += 1
                return
            passed = (await scorer.score(case, case_hash, played.output)).passed if _is_of(release, played) else None
            self._notes.add([TurnNote(at_s, session, arm, scores={PROBE_SCORE: probe_value(passed)}, probe=True)])
            self._count(release, passed)
        except GoldfinchError as error:
            self.tally.missing += 1
            self._say_once(f"a probe session of {arm} says nothing: {error}")

    def _count(self, release: str, passed: bool | None) -> None:
        if passed is None:
            self.tally.missing += 1
            return
        self.tally.passed += passed
        self.tally.failed += not passed
        judged, total = self.tally.by_release.get(release, (0, 0))
        self.tally.by_release[release] = (judged + 1, total + passed)

    def _say_once(self, words: str) -> None:
        """The same words again say nothing new, and a proxy that is down would say them ten times a second."""
        if words != self._said:
            self._said = words
            self._say(words)


def _is_of(release: str, played: Played) -> bool:
    """Whether what came back says something of this release: its answer, or silence. A failure that names no release may be the proxy's."""
    failure = played.output.failure
    return release in played.releases or (failure is not None and failure.kind is FailureKind.TIMEOUT)


@asynccontextmanager
async def _scoring(scorer: Scorer) -> AsyncIterator[Scorer]:
    try:
        yield scorer
    finally:
        scorer.close()


@asynccontextmanager
async def _ended(tasks: set[asyncio.Task[None]]) -> AsyncIterator[None]:
    """Whatever ends the block, no session outlives it: its connection closes with the block around."""
    try:
        yield
    finally:
        waiting = list(tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
