"""Time, as operations see it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def monotonic_s(self) -> float:
        """Seconds that never go back; only differences mean something."""
        ...

    def utc_iso(self) -> str:
        """Now, UTC, ISO 8601."""
        ...

    def utc(self) -> datetime:
        """Now, UTC, aware. May jump: an administrator or NTP sets it."""
        ...

    async def sleep(self, seconds: float) -> None: ...
