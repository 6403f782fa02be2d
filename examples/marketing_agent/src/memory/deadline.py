"""A bound on the time that a server may take."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from .errors import MemoryUnavailable

ANSWER_WITHIN_S = 1.5
"""Longest that a task waits for a server of the memory; below the two seconds that probes of readiness wait, so that they learn why."""

T = TypeVar("T")
_abandoned: set[asyncio.Task[Any]] = set()
"""Cancelled tasks that still tidy up: asyncio itself keeps only weak references."""


async def within(seconds: float, server: str, work: Coroutine[Any, Any, T]) -> T:
    """The work's result, or `MemoryUnavailable` after `seconds`.

    `asyncio.timeout` would wait for the work's own tidying, and psycopg takes ten seconds to cancel at a server that has gone silent.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _abandon(task)
        raise
    if task.done():
        return task.result()
    _abandon(task)
    raise MemoryUnavailable(server, f"no answer within {seconds:g} s")


def _abandon(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _abandoned.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it any more
