"""The one place where calls to a provider wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.pacing.breaker import BreakerState, CircuitBreaker
from goldfinch.core.pacing.concurrency import ConcurrencyLimit
from goldfinch.ports.clock import Clock


class Gate:
    """Lets calls through as the concurrency limit, the circuit breaker and a requested pause allow.

    One gate per `Agent.limit_key`: everything that talks to one provider with one key shares it.
    """

    def __init__(self, limit: ConcurrencyLimit, breaker: CircuitBreaker, clock: Clock) -> None:
        self.limit = limit
        self.breaker = breaker
        self.in_flight = 0
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = 0.0
        self._pause: asyncio.Task[None] | None = None

    async def enter(self) -> int:
        """Wait for a turn; returns the generation to hand back with an overload. Raises `InfrastructureError` once the breaker is open."""
        while not self._open():
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.wake()
                raise
            finally:
                if turn in self._waiting:
                    self._waiting.remove(turn)
        self.in_flight += 1
        return self.limit.generation

    def leave(self) -> None:
        self.in_flight -= 1
        if self._waiting:
            self.wake()

    def pause(self, seconds: float) -> None:
        """Let nobody in for a while: the provider asked for it, or it does not answer."""
        until = self._clock.monotonic_s() + seconds
        if until <= self._paused_until:
            return
        self._paused_until = until
        if self._pause is None:
            self._pause = asyncio.get_running_loop().create_task(self._sit_out_the_pause())

    def close(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def wake(self) -> None:
        """Let as many waiters look again as there may be room for."""
        room = max(1, self.limit.allowed - self.in_flight)
        while self._waiting and room:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1

    def _open(self) -> bool:
        if self.breaker.state is BreakerState.OPEN:
            while self._waiting:
                turn = self._waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
            raise InfrastructureError(
                f"the agent cannot be reached: {self.breaker.last_failure}",
                hint="check that it runs and is reachable, then give the same command again: it goes on where it stopped",
                code="E1402",
            )
        if self._paused_until and self._clock.monotonic_s() < self._paused_until:
            return False
        return self.in_flight < self.limit.allowed and self.breaker.permits(self.in_flight)

    async def _sit_out_the_pause(self) -> None:
        while (left := self._paused_until - self._clock.monotonic_s()) > 0:
            await self._clock.sleep(left)
        self._pause = None
        self._paused_until = 0.0
        self.wake()
