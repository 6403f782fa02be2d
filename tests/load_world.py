"""A world for load generators in which time passes only when somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Self

from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.core.load.samples import OK
from goldfinch.operations.bench import Means
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.load_target import Reply
from goldfinch.testing.clock import FakeClock


class World(FakeClock):
    """The fake clock, with alarms that ring by it."""

    @property
    def now_s(self) -> float:
        return self.monotonic_s()

    async def until(self, moment_s: float) -> None:
        await self.sleep(moment_s - self.now_s)

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which nobody could do anything: the event loop was blocked."""
        self._now_s += seconds

    def close(self) -> None: ...


class TimedTarget:
    """Answers after `takes_s(number)`; with `serial`, one request at a time, as a target with one worker does."""

    def __init__(
        self, world: World, takes_s: Callable[[int], float], *, serial: bool = False, outcome: str = OK, name: str = "timed"
    ) -> None:
        self._world = world
        self._takes_s = takes_s
        self._lock = asyncio.Semaphore(1) if serial else None
        self._outcome = outcome
        self.name = name
        self.asked: list[int] = []
        self.opened = 0

    async def send(self, number: int) -> Reply:
        self.asked.append(number)
        sent = self._world.now_s
        if self._lock is None:
            await self._world.sleep(self._takes_s(number))
        else:
            async with self._lock:
                await self._world.sleep(self._takes_s(number))
        return Reply(sent, self._world.now_s, self._outcome)

    async def __aenter__(self) -> Self:
        self.opened += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.opened -= 1


def uniforms(seed: int) -> Iterator[float]:
    return iter(Random(seed).random, None)


def means(world: World, stop: StopSignal | None = None) -> Means:
    return Means(world, lambda: world, uniforms, SilentProgress(), stop or StopSignal())
