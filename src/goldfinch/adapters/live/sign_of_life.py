"""Is the proxy alive? A log without lines is a time without traffic only where somebody was there to write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


class Liveness:
    """The modification time of the file that a living proxy touches every second."""

    def __init__(self, access_log: Path, file: Path) -> None:
        self._access_log, self._file = access_log, file

    def seen_s(self) -> float | None:
        """When it was seen last; None: never. Raises `OSError`."""
        try:
            return self._file.stat().st_mtime
        except FileNotFoundError:
            return None

    def in_words(self, until_s: float) -> str:
        seen_s = self.seen_s()
        life = "gives no sign of life" if seen_s is None else f"was alive last at {_clock(seen_s)}"
        return f"{self._access_log}: no line of {_clock(until_s)} or later, and the proxy {life}: silence is no measurement then"


def _clock(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
