"""Entries in this process: the default that needs no server. Bounded, and gone with the process."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .entries import Entry, entry_of_text, text_of_entry

MAX_SESSIONS = 10_000
MAX_TOTAL_CHARS = 64_000_000
"""About the bytes that all entries take; the sessions untouched for longest go first."""


@dataclass(slots=True)
class _Session:
    texts: deque[str]
    touched_at: datetime
    chars: int = 0


class ProcessLog:
    """The sessions used last, each for `ttl` after its last use.

    Keeps texts, not values, so that nobody can change what was remembered.
    """

    def __init__(
        self,
        *,
        keep: int,
        ttl: timedelta,
        clock: Callable[[], datetime],
        max_sessions: int = MAX_SESSIONS,
        max_total_chars: int = MAX_TOTAL_CHARS,
    ) -> None:
        self._keep = keep
        self._ttl = ttl
        self._clock = clock
        self._max_sessions = max_sessions
        self._max_total_chars = max_total_chars
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # by last use, so what expires first stands first
        self._total_chars = 0

    async def read(self, session: str) -> list[Entry]:
        self._expire()
        held = self._sessions.get(session)
        if held is None:
            return []
        self._touch(session, held)
        return [entry_of_text(text) for text in held.texts]

    async def append(self, session: str, entries: Sequence[Entry]) -> None:
        self._expire()
        if not entries:
            return
        held = self._sessions.setdefault(session, _Session(deque(), self._clock()))
        for entry in entries:
            self._add(held, text_of_entry(entry))
        self._touch(session, held)
        self._evict()

    async def drop(self, session: str) -> bool:
        self._expire()
        return self._remove(session)

    async def ping(self) -> None:
        """Always there."""

    async def close(self) -> None:
        self._sessions.clear()
        self._total_chars = 0

    def _add(self, held: _Session, text: str) -> None:
        held.texts.append(text)
        change = len(text)
        if len(held.texts) > self._keep:
            change -= len(held.texts.popleft())
        held.chars += change
        self._total_chars += change

    def _touch(self, session: str, held: _Session) -> None:
        held.touched_at = self._clock()
        self._sessions.move_to_end(session)

    def _expire(self) -> None:
        oldest_alive = self._clock() - self._ttl
        while self._sessions and next(iter(self._sessions.values())).touched_at <= oldest_alive:
            self._remove(next(iter(self._sessions)))

    def _evict(self) -> None:
        while len(self._sessions) > self._max_sessions or self._total_chars > self._max_total_chars:
            self._remove(next(iter(self._sessions)))

    def _remove(self, session: str) -> bool:
        held = self._sessions.pop(session, None)
        if held is None:
            return False
        self._total_chars -= held.chars
        return True
