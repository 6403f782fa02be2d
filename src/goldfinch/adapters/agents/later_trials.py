"""An agent whose trials are counted on from an earlier run's: trial 0 of this run is its trial `first`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import FailureKind, Output
from goldfinch.ports.agent import Agent


class LaterTrials:
    """Passes everything on, the number of the trial raised by `first`: an agent that varies by it gives new answers, not copies."""

    def __init__(self, agent: Agent, first: int) -> None:
        self._agent, self._first = agent, first

    @property
    def name(self) -> str:
        return self._agent.name

    @property
    def version(self) -> str:
        return self._agent.version

    @property
    def limit_key(self) -> str:
        return self._agent.limit_key

    @property
    def timeout_kind(self) -> FailureKind:
        return self._agent.timeout_kind

    @property
    def is_recorded(self) -> bool:
        return self._agent.is_recorded

    def worst_case_cost_usd(self, case: Case) -> float | None:
        return self._agent.worst_case_cost_usd(case)

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        return await self._agent.answer(case, trial=trial + self._first, seed=seed)

    async def __aenter__(self) -> Self:
        await self._agent.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._agent.__aexit__(kind, error, traceback)
