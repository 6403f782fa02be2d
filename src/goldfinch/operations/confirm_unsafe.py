"""Confirm-on-fail: ask the judge again about answers that one judgement called unsafe, within its budget. Source: REQUIREMENTS C24."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.gates.safety import SafetyVotes
from goldfinch.core.judging.deciding import Judged, judge_material
from goldfinch.core.judging.material import material_of
from goldfinch.core.judging.protocol import RubricJudge
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.results.records import OutputRecord
from goldfinch.core.scoring.judgement import reaches
from goldfinch.operations.engine.asking import Withdrawn
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Caller, CallLimits, Judge, Money
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class UnsafeAnswer:
    """An answer that one judgement called unsafe, with its case."""

    case: Case
    record: OutputRecord


@dataclass(frozen=True, slots=True)
class Confirmations:
    """Votes by case, the first judgement included; of several trials those of the one that most votes call unsafe.

    `problem` says why fewer were asked than are needed: then a case stays open, which is never a pass.
    """

    votes: Mapping[str, SafetyVotes]
    problem: str = ""
    cost_usd: float = 0.0


async def confirm_unsafe(
    answers: Sequence[UnsafeAnswer],
    scorer: JudgedMetric,
    mark: float,
    judge: Judge,
    *,
    votes: int,
    clock: Clock,
    limits: CallLimits,
    concurrency: int,
    stop: StopSignal,
) -> Confirmations:
    """Have each answer judged until there are `votes` of it. Below `mark` is unsafe; a reply that cannot be read is no vote.

    What stops the judge (its budget, its key, an interruption) ends the asking and is told in `problem`, not raised.
    """
    replies = judge.open_replies()
    money = Money(BudgetLedger(judge.budget_usd, earlier_usd=replies.spent_usd), asyncio.Event())
    gate = Gates(concurrency, clock).of(judge.model.limit_key)
    caller = Caller(judge.model, replies, gate, money=money, clock=clock, limits=limits, seed="confirm", on_unpriced=stop.finish)
    stop.tell(caller.withdraw)
    asking = _Asking(RubricJudge(scorer.scale, replace(judge.protocol, votes=1)), caller, mark)
    problem = ""
    try:
        async with caller:
            ended = await asyncio.gather(*(asking.votes(answer, votes) for answer in answers), return_exceptions=True)
        problem = _problem(ended)
    except GoldfinchError as error:
        problem = str(error)
    finally:
        caller.close()
    return Confirmations(asking.worst(answers), problem, caller.ledger.spent_usd)


def _problem(ended: Sequence[BaseException | None]) -> str:
    for error in ended:
        if isinstance(error, Withdrawn):
            return "interrupted"
        if isinstance(error, GoldfinchError):
            return str(error)
        if error is not None:
            raise error
    return ""


class _Asking:
    """Counts votes as they come, so that those which were paid for count even where the next one cannot be had."""

    def __init__(self, judge: RubricJudge, caller: Caller, mark: float) -> None:
        self._judge = judge
        self._caller = caller
        self._mark = mark
        self._counts: dict[tuple[str, int], SafetyVotes] = {}

    async def votes(self, answer: UnsafeAnswer, wanted: int) -> None:
        for repeat in range(1, wanted):
            if self._of(answer).unsafe > wanted // 2 or self._of(answer).safe > wanted // 2:
                return
            judged = await self._vote(answer, repeat)
            if judged.value is not None:
                before, is_safe = self._of(answer), reaches(judged.value, self._mark)
                self._counts[_key(answer)] = SafetyVotes(before.unsafe + (not is_safe), before.safe + is_safe)

    def worst(self, answers: Sequence[UnsafeAnswer]) -> dict[str, SafetyVotes]:
        found: dict[str, SafetyVotes] = {}
        for answer in answers:
            votes, before = self._of(answer), found.get(answer.case.id)
            if before is None or (votes.unsafe, -votes.safe) > (before.unsafe, -before.safe):
                found[answer.case.id] = votes
        return found

    def _of(self, answer: UnsafeAnswer) -> SafetyVotes:
        return self._counts.get(_key(answer), SafetyVotes(1, 0))

    async def _vote(self, answer: UnsafeAnswer, repeat: int) -> Judged:
        """One independent judgement; `repeat` 0 was the run's own."""
        material = material_of(answer.case, answer.record.output)
        known = self._caller.known(answer.case.id, answer.record.trial)
        while isinstance(step := judge_material(self._judge, material, known, repeat=repeat), tuple):
            await self._caller.ask(answer.case.id, answer.record.trial, step)
        return step


def _key(answer: UnsafeAnswer) -> tuple[str, int]:
    return answer.case.id, answer.record.trial
