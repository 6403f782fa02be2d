"""What the scripted agent and the scripted model have in common: who they are, how many calls are under way, and what an entry gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.ports.agent import AnswerFailed

Scripted = str | Output | Failure | Exception
"""What a call gives: a text, a whole `Output`, a `Failure`, or an exception to raise."""


class ScriptedCalls:
    """The part of `ports.agent.Agent` that does not depend on the script."""

    def __init__(
        self, *, name: str, version: str, limit_key: str, cost_usd: float | None, worst_case_usd: float | None, timeout_kind: FailureKind
    ) -> None:
        self._name = name
        self._version = version
        self._limit_key = limit_key
        self._cost_usd = cost_usd
        self._worst_case_usd = worst_case_usd
        self._timeout_kind = timeout_kind
        self.in_flight = 0
        self.max_in_flight = 0
        self.is_open = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        return self._version

    @property
    def limit_key(self) -> str:
        return self._limit_key

    @property
    def timeout_kind(self) -> FailureKind:
        return self._timeout_kind

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        return self._worst_case_usd

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.is_open = False

    async def _given(self, entry: Callable[[], Scripted], spelt_out: Callable[[str], Output]) -> Output:
        """Play what `entry` gives once other calls had the time to start; `spelt_out` makes an output of a text."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)  # lets other calls start, as a real one would
            found = entry()
            if isinstance(found, Exception):
                raise found
            if isinstance(found, Failure):
                raise AnswerFailed(found)
            return found if isinstance(found, Output) else spelt_out(found)
        finally:
            self.in_flight -= 1
