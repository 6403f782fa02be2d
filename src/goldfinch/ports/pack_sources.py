"""What an evidence pack asks of the places that know the canary's sessions, and where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from goldfinch.core.recovery.pack import CanaryAnswer, FailedRequest
from goldfinch.core.rollout.record import Rollout


@dataclass(frozen=True, slots=True)
class CanarySessions:
    """What is left of them. `notes`: what could not be read, in words."""

    requests: tuple[FailedRequest, ...] = ()
    failed_requests: int = 0
    answers: tuple[CanaryAnswer, ...] = ()
    notes: tuple[str, ...] = ()


class SessionExamples(Protocol):
    def of(self, rollout: Rollout) -> CanarySessions:
        """Of the canary's failed sessions since the rollout began, newest first. Raises nothing that it can say in `notes`."""
        ...


class PackFolder(Protocol):
    def has(self, rollout_id: str) -> bool:
        """Whether the pack of this rollout is there, whole."""
        ...

    def write(self, rollout_id: str, files: Mapping[str, str]) -> str:
        """All of them or none; where they are, for a person. A pack that is there is replaced by the same one. Raises `OSError`."""
        ...
