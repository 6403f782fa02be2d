"""Where the controller says what it does, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class RolloutLog(Protocol):
    """Structured lines for machines and people. Never raises: a full log does not stop a rollout."""

    def write(self, event: str, facts: Mapping[str, Any]) -> None:
        """One line. `event` is a name such as `rollout.decision`; `facts` are plain JSON values."""
        ...
