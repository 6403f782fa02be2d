"""Progress for callers who show none."""

from __future__ import annotations

from goldfinch.ports.progress import ProgressSnapshot


class SilentProgress:
    """Says nothing."""

    interval_s = 3600.0

    def update(self, snapshot: ProgressSnapshot) -> None: ...

    def note(self, message: str) -> None: ...

    def close(self) -> None: ...
