"""What scoring has cost within the last hour, kept for whoever comes after: a server that restarts must not begin its hour anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class LiveSpending(Protocol):
    """Pairs of when (seconds since 1970, UTC) and how much (US dollars)."""

    def load(self) -> tuple[tuple[float, float], ...]:
        """What was kept; nothing where nothing was, or what is there cannot be read."""
        ...

    def keep(self, spent: Sequence[tuple[float, float]]) -> None:
        """Keep these, and only these. Raises `OSError`."""
        ...
