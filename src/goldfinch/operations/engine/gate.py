"""The one place where calls to a provider wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NoReturn

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.pacing.breaker import BreakerState, CircuitBreaker
from goldfinch.core.pacing.concurrency import ConcurrencyLimit
from goldfinch.ports.clock import Clock


class Gate:
    """Lets calls through as the concurrency limit, the circuit breaker and a requested pause allow.

    One gate per `Agent.limit_key` (see `Gates`): everything that talks to one provider with one key shares it.
    """

    def __init__(self, limit: ConcurrencyLimit, breaker: CircuitBreaker, clock: Clock) -> None:
        self.limit = limit
        self.breaker = breaker
        self.in_flight = 0
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = 0.0
        self._pause: asyncio.Task[None] | None = None

    def try_enter(self) -> bool:
        """Take a turn where there is one at once: nearly always, and much cheaper than waiting for it. Raises as `enter` does."""
        is_clear = self.breaker.state is BreakerState.CLOSED and not self._paused_until and self.in_flight < self.limit.allowed
        if not (is_clear or self._open()):
            return False
        self.in_flight += 1
        return True

    async def enter(self) -> None:
        """Wait for a turn. Raises `InfrastructureError` once the breaker is open."""
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
        state = self.breaker.state
        if state is BreakerState.OPEN:
            self._turn_away()
        if self._paused_until and self._clock.monotonic_s() < self._paused_until:
            return False
        if self.in_flight >= self.limit.allowed:
            return False
        return state is BreakerState.CLOSED or self.breaker.permits(self.in_flight)

    def _turn_away(self) -> NoReturn:
        """Wake everybody who waits, so that they are turned away too."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        raise InfrastructureError(
            f"gave up on the agent after failures in a row: {self.breaker.last_failure}",
            hint="check that it runs, can be reached and is not overloaded, then give the same command again: it goes on where it stopped",
            code="E1402",
        )

    async def _sit_out_the_pause(self) -> None:
        while (left := self._paused_until - self._clock.monotonic_s()) > 0:
            await self._clock.sleep(left)
        self._pause = None
        self._paused_until = 0.0
        self.wake()


class Gates:
    """The gates of one process: agents, and later judges, that share a provider and a key share its limit."""

    def __init__(self, concurrency: int, clock: Clock) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._gates: dict[str, Gate] = {}

    def of(self, limit_key: str) -> Gate:
        """The gate of one provider and key."""
        gate = self._gates.get(limit_key)
        if gate is None:
            gate = self._gates[limit_key] = Gate(ConcurrencyLimit(self._concurrency), CircuitBreaker(), self._clock)
        return gate

    def close(self) -> None:
        for gate in self._gates.values():
            gate.close()
