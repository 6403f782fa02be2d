"""Memory over two logs, one of turns and one of facts, and the choice of the stores by configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from src.config import Config
from src.domain import Fact, Recollection, Turn

from .entries import fact_entries, facts_of, session_key, turn_entry, turn_of
from .errors import MemoryUnavailable
from .postgres_log import PostgresLog
from .process_log import ProcessLog
from .redis_log import RedisLog, RedisServer
from .session_log import SessionLog

A = TypeVar("A")
B = TypeVar("B")

MAX_TURNS = 20
"""Turns of a session that are kept."""
MAX_FACT_ROWS = 500
"""Values of a session that are kept, superseded ones too."""
NAMESPACE = "marketing-agent"


def _now() -> datetime:
    return datetime.now(UTC)


class StoredMemory:
    """Implements `src.domain.Memory`. Every method may raise `MemoryUnavailable`, `recall` also `EntryRefused`."""

    def __init__(self, turns: SessionLog, facts: SessionLog, *, release_id: str, clock: Callable[[], datetime] = _now) -> None:
        self._turns = turns
        self._facts = facts
        self._release_id = release_id
        self._clock = clock

    async def recall(self, session_id: str) -> Recollection:
        session = session_key(session_id)
        turns, facts = await _both(self._turns.read(session), self._facts.read(session))
        return Recollection(tuple(turn_of(entry) for entry in turns), facts_of(facts))

    async def remember(self, session_id: str, turn: Turn, facts: tuple[Fact, ...]) -> None:
        """Facts first: they may be said twice, a turn may not, so a call that failed can be repeated."""
        session, now = session_key(session_id), self._clock()
        await self._facts.append(session, fact_entries(facts, self._release_id, now))
        await self._turns.append(session, [turn_entry(turn, self._release_id, now)])

    async def forget(self, session_id: str) -> bool:
        session = session_key(session_id)
        return any(await _both(self._turns.drop(session), self._facts.drop(session)))

    async def ping(self) -> None:
        """Return where every store is ready; for the readiness of the service. Raises `MemoryUnavailable`, which names every store that is not."""
        await _both(self._turns.ping(), self._facts.ping())

    async def close(self) -> None:
        await _both(self._turns.close(), self._facts.close())


async def _both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Both answers. Where one fails, the other is waited for all the same, so that nothing is left running; both failures are told."""
    first, second = await asyncio.gather(one, other, return_exceptions=True)
    if isinstance(first, MemoryUnavailable) and isinstance(second, MemoryUnavailable) and first.server != second.server:
        raise MemoryUnavailable(first.server, f"{first.why}; {second.server}: {second.why}") from first
    if isinstance(first, BaseException):
        raise first
    if isinstance(second, BaseException):
        raise second
    return first, second


def memory_of(
    config: Config, *, release_id: str | None = None, clock: Callable[[], datetime] = _now, namespace: str = NAMESPACE
) -> StoredMemory:
    """The memory that `config` asks for; it connects at first use.

    Turns are in Redis where `redis_url` is set, else in the process. Facts are in PostgreSQL where `database_url` is set and
    `test_mode` is off; else beside the turns, and as short-lived as they. `release_id` is written into every entry.
    Raises `ValueError` for a URL that cannot be meant.
    """
    server = RedisServer(config.redis_url) if config.redis_url else None

    def short_lived(kind: str, keep: int) -> SessionLog:
        if server is None:
            return ProcessLog(keep=keep, ttl=timedelta(seconds=config.session_ttl_s), clock=clock)
        return RedisLog(server, kind=kind, keep=keep, ttl_s=config.session_ttl_s, namespace=namespace)

    durable = config.database_url if not config.test_mode else None
    facts = PostgresLog(durable, keep=MAX_FACT_ROWS) if durable else short_lived("facts", MAX_FACT_ROWS)
    release = release_id or config.release_id or config.release_name
    return StoredMemory(short_lived("turns", MAX_TURNS), facts, release_id=release, clock=clock)
