"""Agents for tests: what they answer, cost and how they fail follows a script and a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import FailureKind, Output, Step, Usage
from goldfinch.testing.scripted import Scripted, ScriptedCalls

__all__ = ["Scripted", "ScriptedAgent"]


class ScriptedAgent(ScriptedCalls):
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
        super().__init__(
            name=name,
            version=version,
            limit_key=limit_key,
            cost_usd=cost_usd,
            worst_case_usd=worst_case_usd,
            timeout_kind=timeout_kind,
        )
        self._script = dict(script or {})
        self._right_share = right_share
        self._otherwise = otherwise or _echo
        self.calls: Counter[tuple[str, int]] = Counter()
        """How often each (case id, trial) was asked for."""

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        earlier = self.calls[case.id, trial]
        self.calls[case.id, trial] += 1
        return await self._given(lambda: self._next(case, trial, seed, earlier), self._spelt_out)

    def _next(self, case: Case, trial: int, seed: int | None, earlier: int) -> Scripted:
        entries = self._script.get(case.id)
        if entries:
            return entries[min(earlier, len(entries) - 1)]
        if self._right_share is not None:
            is_right = _share(case.id, trial, seed) < self._right_share
            return _expected_text(case) if is_right else "I do not know."
        return self._otherwise(case, trial)

    def _spelt_out(self, text: str) -> Output:
        output = Output(text=text, trajectory=(Step("assistant", text),), usage=Usage(10, max(1, len(text) // 4)))
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
