"""What an intent is: a module with a name and three functions."""

from __future__ import annotations

from typing import Protocol

from src.models.deterministic.drafting import Call, Draft, Seen
from src.models.deterministic.understanding import Understanding


class Intent(Protocol):
    """A kind of question. The modules of this package are intents; `INTENTS` of the package lists them."""

    NAME: str

    def matches(self, asked: Understanding) -> float:
        """How surely the question is of this kind: 0 is not at all; the highest wins, the first listed where two are equal."""
        ...

    def plan(self, asked: Understanding) -> tuple[Call, ...]:
        """The calls that answer it, after `describe_data`, which every plan begins with."""
        ...

    def write(self, asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
        """Fill the draft: `seen[0]` is the overview, then one for each call of `plan`, in its order."""
        ...
