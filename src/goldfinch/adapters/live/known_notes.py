"""The log of notes as it is read: each note once, when it had become known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from goldfinch.adapters.live.cursor import LiveCursor
from goldfinch.adapters.live.note_lines import BadNote, read
from goldfinch.adapters.live.notes import PREFIX
from goldfinch.adapters.live.segments import EvidenceGone, Offset, Place, SegmentTail
from goldfinch.core.health.events import TurnNote

DELAY_S: Final = 2.0
"""A note counts as known so long after it was kept: the request that it is about is in the access log by then."""


class KnownNotes:
    """One log, read by one reader."""

    def __init__(self, folder: Path) -> None:
        self._tail = SegmentTail(folder, PREFIX)
        self.begin()

    def begin(self, since_s: float = 0.0) -> None:
        """From the first note on that was kept at `since_s` or later."""
        self._next, self._hole, self.bad, self._since_s = Offset(), "", 0, since_s
        self._stood_at = Place(self._next)

    def resume(self, cursor: LiveCursor) -> None:
        self.begin()
        self._next, gap = self._tail.resume(cursor.notes)
        self._hole = gap.why if gap else ""
        self._stood_at = self.place()

    def missing(self) -> str:
        """A hole that was found and not said yet, in words."""
        why, self._hole = self._hole, ""
        return why

    def take(self, until_s: float) -> Iterator[TurnNote]:
        """Those that had become known before `until_s` and were not taken yet."""
        self._next, gap = self._tail.resume(self._stood_at)
        self._hole = gap.why if gap else self._hole
        try:
            for line in self._tail.lines(self._next):
                try:
                    found = read(line.content)
                except BadNote:
                    self.bad += 1
                else:
                    if found.heard + DELAY_S >= until_s:
                        return
                    if found.heard >= self._since_s:
                        yield found.note()
                self._next = line.end
        except (EvidenceGone, FileNotFoundError):
            return  # gone while it was read: the next look tells
        finally:
            self._stood_at = self.place()

    def place(self) -> Place:
        """Of the first note that was not taken."""
        return self._tail.place(self._next)
