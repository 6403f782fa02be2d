"""Agents for tests: what they answer, cost and how they fail follows a script and a seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from types import TracebackType
from typing import Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output, Step, Usage
from goldfinch.ports.agent import AnswerFailed

Scripted = str | Output | Failure | Exception


class ScriptedAgent:
    """Answers without asking anybody.

    `script` maps a case id to what its calls give, one entry a call, the last one repeating: a text, an `Output`, a `Failure` or an
    exception to raise. A case that is not in the script is answered by `otherwise`, by default with its input as text.
    `right_share` turns that into a model of fixed quality: each (case, trial, seed) is answered with the case's expected answer with that
    probability, else wrongly, and always the same way. `cost_usd` None is an unknown price.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Scripted]] | None = None,
        *,
        name: str = "scripted",
        version: str = "1",
        limit_key: str = "scripted",
        cost_usd: float | None = 0.001,
        worst_case_usd: float | None = None,
        right_share: float | None = None,
        timeout_kind: FailureKind = FailureKind.TIMEOUT,
        otherwise: Callable[[Case, int], Scripted] | None = None,
    ) -> None:
        self._script = dict(script or {})
        self._name = name
        self._version = version
        self._limit_key = limit_key
        self._cost_usd = cost_usd
        self._worst_case_usd = worst_case_usd
        self._right_share = right_share
        self._timeout_kind = timeout_kind
        self._otherwise = otherwise or _echo
        self.calls: Counter[tuple[str, int]] = Counter()
        """How often each (case id, trial) was asked for."""
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

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        earlier = self.calls[case.id, trial]
        self.calls[case.id, trial] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)  # lets other calls start, as a real one would
            return self._play(self._next(case, trial, seed, earlier))
        finally:
            self.in_flight -= 1

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.is_open = False

    def _next(self, case: Case, trial: int, seed: int | None, earlier: int) -> Scripted:
        entries = self._script.get(case.id)
        if entries:
            return entries[min(earlier, len(entries) - 1)]
        if self._right_share is not None:
            is_right = _share(case.id, trial, seed) < self._right_share
            return _expected_text(case) if is_right else "I do not know."
        return self._otherwise(case, trial)

    def _play(self, entry: Scripted) -> Output:
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, Failure):
            raise AnswerFailed(entry)
        if isinstance(entry, Output):
            return entry
        output = Output(text=entry, trajectory=(Step("assistant", entry),), usage=Usage(10, max(1, len(entry) // 4)))
        return replace(output, cost_usd=self._cost_usd, model=self._name)


def _echo(case: Case, trial: int) -> Scripted:  # noqa: ARG001 - the signature of `otherwise`
    return case.input if isinstance(case.input, str) else str(case.input)


def _expected_text(case: Case) -> str:
    answer = case.expected.answer
    if isinstance(answer, tuple):
        return answer[0]
    return answer if answer is not None else " ".join(case.expected.must_include)


def _share(case_id: str, trial: int, seed: int | None) -> float:
    """A number from 0 to 1 that depends on nothing but its arguments."""
    digest = blake2b(f"{seed}:{trial}:{case_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
