"""Notes in memory."""

from __future__ import annotations

from collections.abc import Iterable

from goldfinch.core.health.events import TurnNote
from goldfinch.core.live.failures import NotesUnavailable


class FakeNotes:
    """Keeps every note, in order."""

    def __init__(self) -> None:
        self.kept: list[TurnNote] = []
        self.unavailable = ""
        """Why nothing can be kept; empty: it can."""

    def add(self, notes: Iterable[TurnNote]) -> None:
        if self.unavailable:
            raise NotesUnavailable(self.unavailable, where="notes")
        self.kept += list(notes)
