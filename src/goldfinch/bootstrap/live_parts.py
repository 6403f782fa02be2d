"""What goes on beside a controller: release processes are kept running, probe sessions sent, spans received, live answers scored."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from goldfinch.adapters.live.answer_queue import TTL_S, AnswerQueue
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.live.unscored import UnscoredAnswers
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.controlling import Background
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.metrics import Arm
from goldfinch.core.ingest.notices import Notices
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.rollout.durations import duration
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.ports.rollout_log import RolloutLog

if TYPE_CHECKING:
    from goldfinch.operations.receive_spans import Sink, SpanIntake

TEND_EVERY_S: Final = 5.0
LOOK_EVERY_S: Final = 1.0

Place = tuple[str, str]
"""Service and environment."""


class Unfinished:
    """The rollouts that have not ended, read at most once a second by any number of threads: a store that is silent has none to say."""

    def __init__(self, store: Store, log: RolloutLog) -> None:
        self._store, self._log = store, log
        self._clock = SystemClock()
        self._read_s = float("-inf")
        self._found: tuple[Rollout, ...] = ()

    def __call__(self) -> tuple[Rollout, ...]:
        now_s = self._clock.monotonic_s()
        if now_s - self._read_s >= LOOK_EVERY_S:
            self._read_s = now_s
            try:
                self._found = self._store.rollouts.unfinished()
            except GoldfinchError as error:
                self._log.write("live.unread", {"why": str(error)})
        return self._found

    def at(self, place: Place) -> Rollout | None:
        """The one that has begun there."""
        begun = (rollout for rollout in self() if (rollout.service, rollout.environment) == place)
        return next((rollout for rollout in begun if rollout.state.phase is not Phase.PENDING), None)


@dataclass(slots=True)
class PlaceParts:
    """The files of one place, opened once by this process."""

    folder: RolloutFolder
    notes: NotesLog
    answers: AnswerQueue
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class LiveParts:
    """One per process. Work for a place begins with the first rollout that is seen there."""

    def __init__(self, loaded: LoadedSettings, store: Store, log: RolloutLog) -> None:
        self._loaded, self._store, self._log = loaded, store, log
        self._clock = SystemClock()
        self._places: dict[Place, PlaceParts] = {}
        self._opening = threading.Lock()
        self._notices = Notices()
        self.unfinished = Unfinished(store, log)

    @contextmanager
    def working(self) -> Iterator[None]:
        """In a thread of its own, until the block is left."""
        background = Background("goldfinch-live", self._work)
        background.start()
        try:
            yield
        finally:
            background.stop()
            for parts in self._places.values():
                parts.answers.close()

    def intake(self) -> SpanIntake:
        """What the receiver of spans gives them to: the notes and the queue of the place whose rollout they are about."""
        from goldfinch.bootstrap.ingest import span_intake

        return span_intake(self._loaded, self._targets, self._sink_of, clock=self._clock, tell=self.tell)

    def tell(self, kind: str, line: str) -> None:
        """Each kind once, then at most one a minute."""
        written = self._notices.line(kind, line, self._clock.monotonic_s())
        if written is not None:
            self._log.write("live.said", {"kind": kind, "line": written})

    def _targets(self) -> tuple[LiveTarget, ...]:
        live = self._loaded.settings.live
        return tuple(
            LiveTarget(rollout.id, rollout.service, rollout.environment, rollout.canary, rollout.stable, live.sample, live.max_per_minute)
            for rollout in self.unfinished()
            if rollout.state.phase is not Phase.PENDING
        )

    def _sink_of(self, target: LiveTarget) -> Sink:
        from goldfinch.operations.receive_spans import Sink

        parts = self.place((target.service, target.environment))
        return Sink(parts.notes, parts.answers)

    def place(self, place: Place) -> PlaceParts:
        """Its files; asked by the thread of the receiver too."""
        with self._opening:
            if place not in self._places:
                self._places[place] = self._opened(place)
            return self._places[place]

    def _opened(self, place: Place) -> PlaceParts:
        folder = rollout_folder(self._loaded, *place)
        notes = NotesLog(folder.notes, self._clock)
        unscored = UnscoredAnswers(notes, self._arms)
        ttl = self._loaded.settings.live.answer_ttl
        ttl_s = TTL_S if ttl is None else duration(ttl).total_seconds()
        return PlaceParts(folder, notes, AnswerQueue(folder.answers, self._clock, ttl_s=ttl_s, when_dropped=unscored))

    def _arms(self) -> dict[str, Arm]:
        """Of the releases of the rollouts that have begun."""
        targets = self._targets()
        stable = {target.stable: Arm.STABLE for target in targets if target.stable}
        return {target.canary: Arm.CANARY for target in targets} | stable

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for rollout in await asyncio.to_thread(self.unfinished):
                    place = (rollout.service, rollout.environment)
                    parts = self.place(place)
                    if not parts.tasks:
                        parts.tasks = [group.create_task(work) for work in self._works(place, parts)]
                await asyncio.sleep(LOOK_EVERY_S)

    def _works(self, place: Place, parts: PlaceParts) -> tuple[Coroutine[Any, Any, None], ...]:
        return (self._tend(parts.folder), self._said(lambda: self._probe(place, parts)), self._said(lambda: self._score(place, parts)))

    async def _tend(self, folder: RolloutFolder) -> None:
        """Whoever runs looks after the release processes, also of releases that no rollout is about."""
        deployer = local_deployer(self._loaded, folder, self._store.releases.find)
        while True:
            try:
                await deployer.tend()
            except (GoldfinchError, OSError) as error:
                self._say(f"release processes are not looked after: {error}")
            await asyncio.sleep(TEND_EVERY_S)

    async def _probe(self, place: Place, parts: PlaceParts) -> None:
        from goldfinch.bootstrap.probing import probe_sessions

        current = lambda: self.unfinished.at(place)  # noqa: E731
        probes = probe_sessions(self._loaded, parts.folder, current=current, notes=parts.notes, say=self._say)
        if probes is not None:
            await probes.run()

    async def _score(self, place: Place, parts: PlaceParts) -> None:
        from goldfinch.bootstrap.live_scoring import live_scorer

        def targets() -> tuple[LiveTarget, ...]:
            return tuple(target for target in self._targets() if (target.service, target.environment) == place)

        scorer = live_scorer(self._loaded, parts.answers, parts.notes, targets, parts.folder.root, clock=self._clock, tell=self.tell)
        await scorer.run()

    async def _said(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """What cannot begin is said, and the rest goes on."""
        try:
            await work()
        except GoldfinchError as error:
            self._say(str(error))

    def _say(self, line: str) -> None:
        self._log.write("live.said", {"line": line})
