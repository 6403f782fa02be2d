"""A service for tests of smoke tests and probe sessions: what it answers follows a script, and it remembers who asked what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, Output
from goldfinch.ports.probe_target import Said

Reply = str | Output | Failure | BaseException
Answer = Callable[[tuple[Any, ...]], Reply]
"""From everything that was said in the session so far, the present turn last, to what comes back."""


class ScriptedProbeTarget:
    """`answer` is asked for every turn; by default it says the turn again. `health`: what each call finds, the last one repeating."""

    def __init__(self, answer: Answer | None = None, *, release: str | None = "rel-1", health: Sequence[Failure | None] = (None,)) -> None:
        self._answer = answer or (lambda said: str(said[-1]))
        self.release = release
        self._health = list(health)
        self.sessions: dict[str, tuple[Any, ...]] = {}
        """What was said in each session."""
        self.is_open = False
        self.health_checks = 0

    async def healthy(self, path: str) -> Failure | None:  # noqa: ARG002 - the port's signature
        self.health_checks += 1
        return self._health.pop(0) if len(self._health) > 1 else self._health[0]

    async def say(self, turn: Case, *, session: str) -> Said:
        if not self.is_open:
            raise RuntimeError("the target is not open; use `async with target:`")
        self.sessions[session] = said = (*self.sessions.get(session, ()), turn.input)
        reply = self._answer(said)
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, Failure):
            return Said(Output(failure=reply), self.release)
        return Said(Output(text=reply) if isinstance(reply, str) else reply, self.release)

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.is_open = False
