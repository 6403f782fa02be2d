"""No question waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from goldfinch.ports.clock import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, asked: Coroutine[Any, Any, T]) -> T:
    """The answer, by the given clock in `seconds` at most. Raises `TimeoutError`.

    The question is cancelled then, but not waited for: an adapter that does not let itself be cancelled must not stop a rollout.
    """
    answer = asyncio.ensure_future(asked)
    limit = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({answer, limit}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise TimeoutError(f"no answer within {seconds:g} s")
        return answer.result()
    finally:
        _leave(answer)
        _leave(limit)


def _leave(task: asyncio.Future[Any]) -> None:
    task.cancel()
    task.add_done_callback(_look_at)


def _look_at(task: asyncio.Future[Any]) -> None:
    """asyncio warns of errors that nobody has seen; this one came too late to matter."""
    if not task.cancelled():
        task.exception()
