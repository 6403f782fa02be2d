"""What the controller asks of whatever measures the two arms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from goldfinch.core.health.events import SessionState
from goldfinch.core.health.interval import Interval


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured, and where to go on: interval, cursor and sessions are saved together or not at all."""

    intervals: tuple[Interval, ...]
    """In order of time; several where a controller was away."""
    cursor: str
    sessions: tuple[SessionState, ...] = ()
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What to measure: sessions begun since the weight of the present step was verified and warm, by event time, up to `until`."""

    rollout_id: str
    cursor: str
    step: int
    baking_since: datetime
    canary_share: float
    until: datetime
    thresholds_ms: Mapping[str, float]
    """Quantile metric → tau of the next interval; absent: too few stable latencies yet."""
    comparable: bool = True
    """False: the arms cannot be compared now (a hold in doubt); sessions begun meanwhile never count."""


class EvidenceSource(Protocol):
    async def read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        """Count what happened since the cursor. Reading the same cursor again gives the same. Raises `MetricsUnavailable`.

        `sessions` are the saved ones; a source that still has them in memory does not look at them.
        """
        ...
