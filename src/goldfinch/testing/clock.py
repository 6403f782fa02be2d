"""A clock that no test waits for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush


class FakeClock:
    """A `Clock` that stands still while anything has something to do, and jumps to the next sleeper's time when everybody sleeps.

    Sleepers wake in the order of their times, those with the same time in the order in which they fell asleep: a test that sleeps on
    this clock alone takes no time and always goes the same way. Waiting for something else (a thread, a socket, a timer of the event
    loop) does not hold the clock, which then runs on as long as anybody sleeps. For asyncio's own event loops, not for uvloop.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._now_s = 0.0
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = 0
        self._watching = False

    def monotonic_s(self) -> float:
        """Seconds since this clock was made."""
        return self._now_s

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._now_s)

    def set_wall(self, by: timedelta) -> None:
        """Put the wall clock ahead, or back where `by` is negative; the monotonic clock does not notice."""
        self._start += by

    def utc_iso(self) -> str:
        return self.utc().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def sleep(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        wakes = loop.create_future()
        self._order += 1
        heappush(self._asleep, (self._now_s + max(0.0, seconds), self._order, wakes))
        if not self._watching:
            self._watching = True
            loop.call_soon(self._watch, loop)
        await wakes

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once in every turn of the loop while anybody sleeps: where this is all that there is to do, time passes."""
        if not loop._ready:  # type: ignore[attr-defined]
            self._wake_next()
        while self._asleep and self._asleep[0][2].done():
            heappop(self._asleep)
        self._watching = bool(self._asleep)
        if self._watching:
            loop.call_soon(self._watch, loop)

    def _wake_next(self) -> None:
        while self._asleep:
            at, _, wakes = heappop(self._asleep)
            if not wakes.done():
                self._now_s = max(self._now_s, at)
                wakes.set_result(None)
                return
