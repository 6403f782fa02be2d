"""Answers that wait to be scored. Short-lived, bounded, redacted before they get here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """One turn of one session of a rollout, with what it said: the only place where content of users is kept, and not for long."""

    id: str
    """Of its trace and span: the same turn put twice is there once."""
    time_s: float
    """When the turn finished, seconds since 1970, UTC."""
    session: str
    release: str
    """Id of the release that answered."""
    question: Any
    """Text, or messages as plain JSON values."""
    answer: str
    context: tuple[str, ...] = ()
    """What its tools gave: for grounding."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Tokens, model, cost, as plain JSON values."""


class TraceQueue(Protocol):
    def put(self, answers: Iterable[SampledAnswer]) -> int:
        """How many were kept: beyond its size the oldest go, and are counted as dropped."""
        ...

    def take(self, limit: int) -> tuple[SampledAnswer, ...]:
        """The oldest that are not expired. They stay until they are `done`: a scorer that was killed takes them again."""
        ...

    def done(self, ids: Iterable[str]) -> None: ...

    def dropped(self) -> int:
        """Answers that nobody scored: too many, too old. Never silently none."""
        ...
