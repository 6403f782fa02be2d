"""What goes on beside a controller: release processes are kept running, probe sessions sent, spans received, live answers scored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from goldfinch.adapters.live.answer_queue import AnswerQueue
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.controlling import Background
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder
from goldfinch.bootstrap.rollouts import deployer_of
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.ports.rollout_log import RolloutLog

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

    def place(self, place: Place) -> PlaceParts:
        """Its files."""
        if place not in self._places:
            folder = rollout_folder(self._loaded, *place)
            self._places[place] = PlaceParts(folder, NotesLog(folder.notes, self._clock), AnswerQueue(folder.answers, self._clock))
        return self._places[place]

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for rollout in await asyncio.to_thread(self.unfinished):
                    place = (rollout.service, rollout.environment)
                    parts = self.place(place)
                    if not parts.tasks:
                        parts.tasks = [group.create_task(work) for work in self._works(place, parts)]
                await asyncio.sleep(LOOK_EVERY_S)

    def _works(self, place: Place, parts: PlaceParts):  # type: ignore[no-untyped-def]
        yield self._tend(parts.folder)
        yield self._said(lambda: self._probe(place, parts))

    async def _tend(self, folder: RolloutFolder) -> None:
        """Whoever runs looks after the release processes, also of releases that no rollout is about."""
        deployer = deployer_of(self._loaded, self._store, folder)
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

    async def _said(self, work: Callable) -> None:  # type: ignore[type-arg]
        """What cannot begin is said, and the rest goes on."""
        try:
            await work()
        except GoldfinchError as error:
            self._say(str(error))

    def _say(self, line: str) -> None:
        self._log.write("live.said", {"line": line})
