"""What memory needs of a store: a bounded log of entries for each session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .entries import Entry


class SessionLog(Protocol):
    """Entries by session, oldest first; the oldest fall out where a session has more than the log keeps.

    Every method raises `MemoryUnavailable` within a bounded time where its server is down or silent.
    `session` is the name that `entries.session_key` gives.
    """

    async def read(self, session: str) -> list[Entry]:
        """The entries. Raises `EntryRefused` for one that this release cannot read. Renews the session's time to live."""
        ...

    async def append(self, session: str, entries: Sequence[Entry]) -> None:
        """Add all or none. Renews the session's time to live."""
        ...

    async def drop(self, session: str) -> bool:
        """Delete everything of the session; False where there was nothing."""
        ...

    async def ping(self) -> None:
        """Return where the store can be read and written by this release."""
        ...

    async def close(self) -> None: ...
