"""One iteration of a scenario: send requests when they are due, and note what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

from goldfinch.core.load.arrivals import due_times
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, Load, OpenLoop, Scenario
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.clock import Clock
from goldfinch.ports.load_target import Alarm, LoadTarget, Reply

TICK_S = 0.01
"""How often the lag of the event loop is looked at."""


class LoadGenerator:
    """Sends one scenario to one target, once. `samples` fill while `run` runs."""

    def __init__(
        self,
        scenario: Scenario,
        target: LoadTarget,
        *,
        clock: Clock,
        new_alarm: Callable[[], Alarm],
        uniforms: Iterator[float],
        stop: StopSignal,
    ) -> None:
        self._scenario = scenario
        self._target = target
        self._now = clock.monotonic_s
        self._new_alarm = new_alarm
        self._uniforms = uniforms
        self._stop = stop
        self._origin_s = 0.0
        self._sent = 0
        self._planned = 0
        self._error: BaseException | None = None
        self.samples = Samples()
        self.in_flight = 0

    async def run(self) -> Samples:
        """Returns when every request is over, earlier where it is stopped. Raises what `LoadTarget.send` raises."""
        ticks = asyncio.ensure_future(self._with_alarm(self._tick))
        self._origin_s = self._now()
        try:
            await self._send_all(self._scenario.load)
        finally:
            ticks.cancel()
            with suppress(asyncio.CancelledError):
                await ticks
        if self._error is not None:
            raise self._error
        return self.samples

    async def _send_all(self, load: Load) -> None:
        if isinstance(load, ClosedLoop):
            await self._closed_loop(load)
        else:
            await self._with_alarm(lambda alarm: self._open_loop(load, alarm))

    async def _with_alarm(self, work: Callable[[Alarm], Coroutine[Any, Any, None]]) -> None:
        alarm = self._new_alarm()
        try:
            await work(alarm)
        finally:
            alarm.close()

    async def _tick(self, alarm: Alarm) -> None:
        """Every tick that was due counts, also those that a long stall swallowed: each of them was late."""
        now, lags = self._now, self.samples.lag_ms
        due = now()
        while True:
            due += TICK_S
            if due > now():
                await alarm.until(due)
            lags.append(max(0.0, now() - due) * 1000)
            if len(lags) % 100 == 0:
                await asyncio.sleep(0)

    def _next_is_measured(self, since_start_s: float) -> bool:
        """Whether the request that is about to be sent counts: after the ramp, and after the warm-up."""
        self._sent += 1
        if since_start_s < self._scenario.load.ramp_s or self._sent <= self._scenario.warmup:
            return False
        self._planned += 1
        return True

    @property
    def _is_over(self) -> bool:
        return self._planned >= self._scenario.requests or self._stop.requested or self._error is not None

    async def _open_loop(self, load: OpenLoop, alarm: Alarm) -> None:
        slots = asyncio.Semaphore(load.max_in_flight)
        tasks: set[asyncio.Task[None]] = set()
        for due in due_times(load, self._uniforms):
            moment = self._origin_s + due
            if moment > self._now():
                await alarm.until(moment)
            else:
                await asyncio.sleep(0)  # behind: let replies in
            if self._is_over:
                break
            task = asyncio.ensure_future(self._when_there_is_room(slots, self._sent, moment, self._next_is_measured(due)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks)

    async def _when_there_is_room(self, slots: asyncio.Semaphore, number: int, moment: float, measured: bool) -> None:
        async with slots:
            await self._send(number, moment, measured)

    async def _closed_loop(self, load: ClosedLoop) -> None:
        await asyncio.gather(*(self._client(load.ramp_s * number / load.concurrency) for number in range(load.concurrency)))

    async def _client(self, start_after_s: float) -> None:
        if start_after_s > 0:
            await asyncio.sleep(start_after_s)
        while not self._is_over:
            moment = self._now()
            await self._send(self._sent, moment, self._next_is_measured(moment - self._origin_s))

    async def _send(self, number: int, moment: float, measured: bool) -> None:
        self.in_flight += 1
        try:
            reply = await self._target.send(number)
        except Exception as error:  # noqa: BLE001 - of one request among thousands: raised by `run` when the others are over
            self._error = self._error or error
            return
        finally:
            self.in_flight -= 1
        if measured:
            self._note(moment, reply)

    def _note(self, moment: float, reply: Reply) -> None:
        origin, samples = self._origin_s, self.samples
        samples.intended_ms.append((moment - origin) * 1000)
        samples.sent_ms.append((reply.sent_s - origin) * 1000)
        samples.done_ms.append((reply.done_s - origin) * 1000)
        samples.outcomes.append(reply.outcome)
        samples.provider_ms.append(reply.provider_ms)
        samples.cost_usd.append(reply.cost_usd)
        events = reply.event_s
        samples.first_token_ms.append((events[0] - moment) * 1000 if events else None)
        if events:
            samples.gaps_ms.extend((later - earlier) * 1000 for earlier, later in pairwise(events))
