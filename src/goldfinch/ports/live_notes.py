"""Where is kept what becomes known of turns after they finished: flags and amounts of their spans, scores of their answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from goldfinch.core.health.events import TurnNote


class LiveNotes(Protocol):
    def add(self, notes: Iterable[TurnNote]) -> None:
        """Keep them, durably and in this order, before it returns. Raises `NotesUnavailable`; none of them is kept then."""
        ...
