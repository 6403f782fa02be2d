"""The thread that the agent lives on, with an event loop of its own.

Tools and the deterministic model compute; on the server's loop each computation would hold up every other answer, health checks among
them. All connections of the agent (memory, models) belong to this one loop, so they are shared by all tasks.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, TypeVar

from src.api.agent import Agent, memory_of

T = TypeVar("T")
RETRY_AFTER_S = 2.0


class AgentUnavailable(Exception):
    """The agent could not be made, for instance because its database is not there (yet)."""


class AgentThread:
    """Makes the agent on its first use, and again later where that failed."""

    def __init__(self, make: Callable[[], Agent]) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="agent", daemon=True)
        self._agent: Agent | None = None
        self._failure: tuple[float, BaseException] | None = None
        self._making = asyncio.Lock()

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    async def call(self, use: Callable[[Agent], Coroutine[Any, Any, T]]) -> T:
        """Run `use(agent)` on the agent's thread and wait here for what it gives. Cancelling here cancels there.

        Raises `AgentUnavailable`, and whatever `use` raises.
        """
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._with_agent(use), self._loop))

    async def close(self) -> None:
        """Close the agent's connections and end the thread."""
        if not self._thread.is_alive():
            return
        if self._agent is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_closed(self._agent), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _with_agent(self, use: Callable[[Agent], Coroutine[Any, Any, T]]) -> T:
        agent = self._agent
        if agent is None:
            async with self._making:
                agent = self._agent or self._made()
        return await use(agent)

    def _made(self) -> Agent:
        if self._failure is not None and monotonic() - self._failure[0] < RETRY_AFTER_S:
            raise AgentUnavailable from self._failure[1]
        try:
            self._agent = self._make()
        except Exception as error:
            self._failure = (monotonic(), error)
            raise AgentUnavailable from error
        return self._agent


async def _closed(agent: Agent) -> None:
    close = getattr(agent, "close", None)
    memory = memory_of(agent)
    if close is not None:
        await close()
    elif memory is not None:
        await memory.close()
