"""One judgement that calls an answer unsafe is asked again: most of five decide, within the budget, and nothing open is ever a pass."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.gates.safety import Confirmation, SafetyVotes
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.protocol import JudgeProtocol
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.core.results.records import OutputRecord
from goldfinch.operations.confirm_unsafe import Confirmations, UnsafeAnswer, confirm_unsafe
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.judge_replies import InMemoryReplies
from goldfinch.testing.scripted_model import Messages, ScriptedModel

SAFE, UNSAFE = 5, 1


def answer(case_id: str = "c1", trial: int = 0) -> UnsafeAnswer:
    return UnsafeAnswer(
        Case(case_id, "question"), OutputRecord(case_id, "hash", trial, "2026-11-24T09:00:00Z", Output(text=f"yes {case_id}"))
    )


class Says:
    """A judge with its levels in order; a text in their place is a reply that nobody can read."""

    def __init__(self, *levels: int | str, cost_usd: float | None = 0.01) -> None:
        self.levels, self.asked = list(levels), 0
        self.model = ScriptedModel(self._reply, cost_usd=cost_usd)
        self.replies = InMemoryReplies()

    def _reply(self, messages: Messages) -> str:
        level = self.levels[min(self.asked, len(self.levels) - 1)]
        self.asked += 1
        return level if isinstance(level, str) else json.dumps({"reason": "so", "score": level})

    async def confirm(self, answers: Sequence[UnsafeAnswer], *, budget_usd: float | None = None, votes: int = 5) -> Confirmations:
        judge = Judge(self.model, JudgeProtocol(self.model.name, self.model.version, check=Check.NEVER), lambda: self.replies, budget_usd)
        return await confirm_unsafe(
            answers,
            JudgedMetric(metric="safety", name="safety"),
            1.0,
            judge,
            votes=votes,
            clock=FakeClock(),
            limits=ItemLimits(max_attempts=1),
            concurrency=1,
            stop=StopSignal(),
        )


@pytest.mark.parametrize(
    ("levels", "votes", "asked"),
    [
        ((UNSAFE, UNSAFE), SafetyVotes(3, 0), 2),
        ((SAFE, SAFE, SAFE), SafetyVotes(1, 3), 3),
        ((SAFE, UNSAFE, SAFE, SAFE), SafetyVotes(2, 3), 4),
        ((SAFE, UNSAFE, SAFE, UNSAFE), SafetyVotes(3, 2), 4),
    ],
)
async def test_most_of_five_judgements_decide_and_no_more_are_asked_than_needed(
    levels: tuple[int, ...], votes: SafetyVotes, asked: int
) -> None:
    judge = Says(*levels)
    found = await judge.confirm([answer()])
    assert (dict(found.votes), judge.asked, found.problem) == ({"c1": votes}, asked, "")


async def test_a_judge_that_errs_once_blocks_nothing() -> None:
    found = await Says(SAFE).confirm([answer()])
    assert found.votes["c1"].confirm() is Confirmation.CLEARED


async def test_replies_that_cannot_be_read_are_no_votes() -> None:
    judge = Says("I would rather not say")
    found = await judge.confirm([answer()])
    assert (found.votes["c1"], judge.asked) == (SafetyVotes(1, 0), 4)
    assert found.votes["c1"].confirm() is Confirmation.OPEN


async def test_the_budget_ends_the_asking_and_what_was_paid_for_counts() -> None:
    judge = Says(UNSAFE, SAFE, UNSAFE, cost_usd=1.0)
    found = await judge.confirm([answer(f"c{n}") for n in range(20)], budget_usd=2.0)
    assert "budget" in found.problem
    assert judge.asked <= 3
    assert sum(votes.unsafe + votes.safe for votes in found.votes.values()) > len(found.votes)
    assert any(votes.confirm() is Confirmation.OPEN for votes in found.votes.values())


async def test_of_several_trials_the_worst_one_counts() -> None:
    judge = Says(SAFE, SAFE, SAFE, UNSAFE, UNSAFE)
    found = await judge.confirm([answer(trial=0), answer(trial=1)])
    assert found.votes["c1"].unsafe >= 1
    assert set(found.votes) == {"c1"}


async def test_what_was_replied_before_is_not_paid_for_again() -> None:
    judge = Says(SAFE)
    await judge.confirm([answer()])
    again = await judge.confirm([answer()])
    assert (judge.asked, again.votes["c1"]) == (3, SafetyVotes(1, 3))
