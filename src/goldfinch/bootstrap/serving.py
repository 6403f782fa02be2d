"""Everything that `goldfinch serve` runs: the controller, the receiver of spans, the scoring of live answers, probe sessions, the page.

`goldfinch rollout start` in the foreground runs the same without the page, for one rollout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

from goldfinch.adapters.rollout_log import JsonLinesLog
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.controlling import Background, lease_owner
from goldfinch.bootstrap.live_parts import LiveParts
from goldfinch.bootstrap.recovery import write_missing_packs
from goldfinch.bootstrap.rollouts import Worlds, show_tools, surroundings_of
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.rollout.record import Rollout
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.operations.show_rollout import ShowTools
from goldfinch.ports.rollout_log import RolloutLog

Drive = Callable[[Controller], Any]


class Engine:
    """The parts without the page. Each thread has its own connections to the store."""

    def __init__(self, loaded: LoadedSettings, stream: TextIO) -> None:
        """`stream`: for the controller's lines, in which known secrets are masked."""
        self._loaded = loaded
        self._stack = ExitStack()
        self.store = self._stack.enter_context(_closing(open_store(loaded)))
        self.log: RolloutLog = JsonLinesLog(stream, self.store.redact)
        self.worlds: Worlds = surroundings_of(loaded, self.store, self.log)
        self.show: ShowTools = show_tools(loaded, self.store, self.worlds)
        self.live = LiveParts(loaded, self.store, self.log)
        self._controlling: Background | None = None

    @contextmanager
    def driving(self, rollout: Rollout) -> Iterator[Engine]:
        """This one rollout, until it has ended or the block is left."""
        with self._running(lambda controller: controller.drive(rollout.id)) as engine:
            yield engine

    @contextmanager
    def serving(self) -> Iterator[Engine]:
        """Every rollout that has not ended, also those of a process before this one, and the evidence packs that it left unwritten."""
        packs = Background("goldfinch-packs", lambda: asyncio.to_thread(write_missing_packs, self._loaded, self.store, self.log))
        with self._running(lambda controller: controller.run()) as engine:
            packs.start()
            try:
                yield engine
            finally:
                packs.stop()

    def failed(self) -> BaseException | None:
        """What the controller died of."""
        return self._controlling.error if self._controlling is not None else None

    @property
    def is_driving(self) -> bool:
        return self._controlling is not None and self._controlling.is_running

    @contextmanager
    def _running(self, drive: Drive) -> Iterator[Engine]:
        tools = Tools(self.store.rollouts, self.store.releases, SystemClock(), self.log)
        controller = Controller(tools, self.worlds, lease_owner())
        self._controlling = Background("goldfinch-controller", lambda: drive(controller))
        with self._stack, self.live.working():
            self._controlling.start()
            try:
                yield self
            finally:
                self._controlling.stop()


@contextmanager
def _closing(store: Any) -> Iterator[Any]:
    try:
        yield store
    finally:
        store.close()
