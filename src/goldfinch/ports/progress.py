"""What a long operation tells a person while it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProgressSnapshot:
    """Counts of (case, trial) pairs; money in US dollars, times in seconds. None is unknown, or not the question yet."""

    planned: int
    finished: int
    passed: int | None
    failed: int | None
    missing: int
    in_flight: int
    spent_usd: float
    unpriced: int
    budget_usd: float | None
    projected_usd: float | None
    elapsed_s: float
    per_second: float
    left_s: float | None


class Progress(Protocol):
    @property
    def interval_s(self) -> float:
        """How often `update` wants to be called."""
        ...

    def update(self, snapshot: ProgressSnapshot) -> None: ...

    def note(self, message: str) -> None:
        """Something worth a line of its own: a resumed run, a warning about the budget."""
        ...

    def close(self) -> None: ...
