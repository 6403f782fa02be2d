"""Where a reader of live evidence goes on, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import msgspec

from goldfinch.adapters.live.segments import Offset, Place
from goldfinch.core.health.cohort import CohortMark
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.live import codes

if TYPE_CHECKING:
    from goldfinch.adapters.live.access_log import AccessLog
    from goldfinch.adapters.live.known_notes import KnownNotes


class LiveCursor(msgspec.Struct, frozen=True):
    """The cohort's mark, and the offsets of both logs that belong to it."""

    mark: CohortMark
    log_from: Place
    """The first line that is needed again: read and not counted, or the beginning of a request that still runs."""
    log_read: Place
    """Lines before this that happened before the cut were counted."""
    notes: Place
    """The first note that was not counted."""
    known_since_s: float | None = None
    hole_ends_s: float | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for the empty one. Raises `MetricsUnavailable`."""
        if not text:
            return None
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise MetricsUnavailable(
                f"the cursor is none of an access log: {error}", where="evidence", code=codes.FOREIGN_CURSOR
            ) from error

    @classmethod
    def of(cls, mark: CohortMark, access: AccessLog, notes: KnownNotes, *, oldest_running: tuple[int, int] | None) -> Self:
        """Raises `OSError`."""
        first = access.needed_from()
        if oldest_running is not None:
            first = min(first, Offset(*oldest_running))
        return cls(
            mark, access.tail.place(first), access.tail.place(access.read_to), notes.place(), access.known_since_s, access.hole_ends_s
        )

    def write(self) -> str:
        return msgspec.json.encode(self).decode()
