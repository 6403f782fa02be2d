"""An agent whose exchanges with models are replayed or recorded, as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.ports.agent import Agent, AnswerFailed


class _Wrapped:
    """Everything but `answer` is the inner agent's own."""

    def __init__(self, inner: Agent) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inner!r})"

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def version(self) -> str:
        return self._inner.version

    @property
    def limit_key(self) -> str:
        return self._inner.limit_key

    @property
    def timeout_kind(self) -> FailureKind:
        return self._inner.timeout_kind

    def worst_case_cost_usd(self, case: Case) -> float | None:
        return self._inner.worst_case_cost_usd(case)

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._inner.__aexit__(kind, error, traceback)


class RecordedOnTheWay(_Wrapped):
    """An agent that is being recorded. A recording with a hole is none: the run stops where an exchange could not be kept."""

    def __init__(self, inner: Agent, problem: Callable[[], GoldfinchError | None]) -> None:
        super().__init__(inner)
        self._problem = problem

    @property
    def is_recorded(self) -> bool:
        return self._inner.is_recorded

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        try:
            return await self._inner.answer(case, trial=trial, seed=seed)
        finally:
            if (problem := self._problem()) is not None:
                raise problem


class Misses(Protocol):
    """How many requests of other people's code had no recorded reply, and what was said of the last."""

    misses: int
    last_miss: str


class ReplayedAgent(_Wrapped):
    """An agent whose models' replies are recorded ones. Nothing is paid; how long an answer took when it was real is not known.

    Other people's code may swallow the error that a miss is, and answer something. So whatever it answers while a request finds no
    recorded reply is missing evidence, never an answer; calls in flight at the same time share the doubt.
    """

    def __init__(self, inner: Agent, misses: Misses) -> None:
        super().__init__(inner)
        self._misses = misses

    @property
    def is_recorded(self) -> bool:
        return True

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        before = self._misses.misses
        try:
            output = await self._inner.answer(case, trial=trial, seed=seed)
        except AnswerFailed as failed:
            self._require_no_miss(before)
            raise AnswerFailed(failed.failure, output=_untimed(failed.output), retry_after_s=failed.retry_after_s) from failed
        except Exception:
            self._require_no_miss(before)
            raise
        self._require_no_miss(before)
        return _untimed(output)

    def _require_no_miss(self, before: int) -> None:
        if self._misses.misses != before:
            raise AnswerFailed(Failure(FailureKind.NOT_RECORDED, self._misses.last_miss)) from None


def _untimed(output: Output) -> Output:
    if not isinstance(output, Output):
        return output  # the engine says what is wrong with it
    return replace(output, latency_ms=None, first_token_ms=None)
