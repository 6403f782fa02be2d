"""A log in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FakeRolloutLog:
    """Keeps every line."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def write(self, event: str, facts: Mapping[str, Any]) -> None:
        self.lines.append((event, dict(facts)))

    def of(self, event: str) -> list[dict[str, Any]]:
        """The facts of every line of this name."""
        return [facts for name, facts in self.lines if name == event]
