"""An agent as the target: the cases of a dataset, or fixed inputs, asked in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from types import TracebackType
from typing import Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.load.samples import TIMEOUT
from goldfinch.core.output import FailureKind, Output
from goldfinch.ports.agent import Agent, AnswerFailed
from goldfinch.ports.load_target import Reply

PROVIDER_MS = "provider_ms"
"""Name under `reported` of an answer for the milliseconds that the agent waited for its model provider."""


class AgentTarget:
    """Asks `agent` the next of `cases` for every request, around and around. `cases` are not empty."""

    def __init__(self, agent: Agent, cases: Sequence[Case], *, timeout_s: float) -> None:
        self._agent = agent
        self._cases = cases
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        return self._agent.name

    async def __aenter__(self) -> Self:
        await self._agent.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._agent.__aexit__(kind, error, traceback)

    async def send(self, number: int) -> Reply:
        case = self._cases[number % len(self._cases)]
        started = perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                output = await self._agent.answer(case, trial=number, seed=None)
        except TimeoutError:
            return Reply(started, perf_counter(), TIMEOUT)
        except AnswerFailed as failed:
            timed_out = failed.failure.kind in (FailureKind.TIMEOUT, FailureKind.PROVIDER_TIMEOUT)
            outcome = TIMEOUT if timed_out else str(failed.failure.kind)
            return _with_figures(Reply(started, perf_counter(), outcome), failed.output)
        return _with_figures(Reply(started, perf_counter()), output)


def _with_figures(reply: Reply, output: Output) -> Reply:
    reply.cost_usd = output.cost_usd
    reply.provider_ms = output.reported.get(PROVIDER_MS)
    if output.first_token_ms is not None:
        reply.event_s = [reply.sent_s + output.first_token_ms / 1000]
    return reply
