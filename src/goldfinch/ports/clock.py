"""Time, as operations see it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    def monotonic_s(self) -> float:
        """Seconds that never go back; only differences mean something."""
        ...

    def utc_iso(self) -> str:
        """Now, UTC, ISO 8601."""
        ...

    async def sleep(self, seconds: float) -> None: ...
