"""Judging answers that are stored: the scores change in one go, and only once everything that stops it did not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import AgentUnusable, BudgetExhausted, DatasetError, InfrastructureError
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.protocol import JudgeProtocol, RubricJudge
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Judge, Judging, Money, open_judging
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.evaluate import EvaluationOptions
from goldfinch.operations.judge_stored import judge_stored
from goldfinch.operations.score import Rescored, score
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.judge_replies import InMemoryReplies
from goldfinch.testing.run_journal import InMemoryRun
from goldfinch.testing.scripted_model import Messages, Reply, ScriptedModel

CASES = [Case(f"c{number}", f"question {number}", expected=Expected(answer=f"answer {number}")) for number in range(8)]


def says(level: int) -> str:
    return json.dumps({"reason": "so", "score": level})


class Scoring:
    """One run whose stored answers are judged."""

    def __init__(self, journal: InMemoryRun, clock: FakeClock, progress: Any) -> None:
        self.journal, self.clock, self.progress = journal, clock, progress
        self.replies = InMemoryReplies()
        self.stop = StopSignal()

    async def judge(self, model: ScriptedModel, cases: Sequence[Case] = tuple(CASES), *, budget_usd: float | None = None) -> Rescored:
        judge = Judge(model, JudgeProtocol(model.name, model.version, check=Check.NEVER), lambda: self.replies, budget_usd)
        scorer = JudgedMetric(metric="accuracy")
        metrics = (Metric(scorer, None, RubricJudge(scorer.scale, judge.protocol).version, advisory=True),)
        judging = self._open(judge, metrics)
        data = MemoryDataset(cases)
        await judge_stored(self.journal, data, metrics, judging, concurrency=3, clock=self.clock, progress=self.progress, stop=self.stop)
        return score(self.journal, data, metrics, judging)

    def _open(self, judge: Judge, metrics: Sequence[Metric]) -> Judging:
        return open_judging(
            judge,
            metrics,
            EvaluationOptions(max_attempts=2),
            clock=self.clock,
            gates=Gates(3, self.clock),
            money=Money(BudgetLedger(None), asyncio.Event()),
            stop=self.stop,
            run_id="run-1",
        )


@pytest.fixture
async def scoring(run: Any, journal: InMemoryRun, clock: FakeClock, progress: Any) -> Scoring:
    agent = ScriptedAgent({"c1": [Failure(FailureKind.EXCEPTION, "boom")]}, right_share=1.0)
    await run(CASES, agent)
    return Scoring(journal, clock, progress)


async def test_judges_what_is_stored_and_names_the_judge(scoring: Scoring) -> None:
    model = ScriptedModel(lambda messages: says(5), cost_usd=0.5)
    done = await scoring.judge(model)
    (metric,) = done.summary.metrics
    assert (metric.scored, metric.advisory, metric.estimate.mean) == (8, True, 7 / 8)  # the agent that failed scores 0, unasked
    assert (model.calls, done.summary.judge_cost.total_usd) == (7, 3.5)
    assert done.manifest.judge is not None
    assert done.manifest.judge.startswith("scripted-model (1)")
    assert scoring.progress.snapshots[-1].finished == 8


async def test_asks_only_what_was_not_answered(scoring: Scoring) -> None:
    await scoring.judge(ScriptedModel(lambda messages: says(5)))
    model = ScriptedModel(lambda messages: says(1))
    done = await scoring.judge(model)
    assert model.calls == 0
    assert done.summary.metrics[0].estimate.mean == 7 / 8


async def test_an_edited_expectation_is_another_question(scoring: Scoring) -> None:
    await scoring.judge(ScriptedModel(lambda messages: says(5)))
    model = ScriptedModel(lambda messages: says(1))
    edited = [Case("c0", "question 0", expected=Expected(answer="other")), *CASES[1:]]
    done = await scoring.judge(model, edited)
    assert (model.calls, done.edited) == (1, 1)


async def test_a_changed_question_is_refused_before_anything_is_paid(scoring: Scoring) -> None:
    model = ScriptedModel(lambda messages: says(1))
    with pytest.raises(DatasetError):
        await scoring.judge(model, [*CASES[:-1], Case("c7", "another question")])
    assert model.calls == 0


async def test_a_failed_call_is_missing_and_asked_again_the_next_time(scoring: Scoring) -> None:
    def flaky(messages: Messages) -> Reply:
        return Failure(FailureKind.PROVIDER_ERROR, "503") if "question 3" in messages[1]["content"] else says(5)

    done = await scoring.judge(ScriptedModel(flaky))
    assert (done.summary.metrics[0].scored, done.summary.metrics[0].missing) == (7, 1)
    model = ScriptedModel(lambda messages: says(5))
    again = await scoring.judge(model)
    assert (model.calls, again.summary.metrics[0].missing) == (1, 0)


@pytest.mark.parametrize("how", ["budget", "refused", "interrupted"])
async def test_whatever_stops_it_leaves_the_old_scores(scoring: Scoring, journal: InMemoryRun, how: str) -> None:
    before = list(journal.scores())

    def reply(messages: Messages) -> Reply:
        if how == "refused" and "question 4" in messages[1]["content"]:
            return AgentUnusable("401", where="m")
        if how == "interrupted" and "question 4" in messages[1]["content"]:
            scoring.stop.interrupt()
        return says(5)

    expected = {"budget": BudgetExhausted, "refused": AgentUnusable, "interrupted": InfrastructureError}[how]
    with pytest.raises(expected) as stopped:
        await scoring.judge(ScriptedModel(reply, cost_usd=1.0), budget_usd=3.0 if how == "budget" else None)
    if how == "interrupted":
        assert stopped.value.code == "E1906"
    assert list(journal.scores()) == before
    kept = len(scoring.replies.records)
    assert kept > 0
    scoring.stop = StopSignal()
    model = ScriptedModel(lambda messages: says(5), cost_usd=1.0)
    done = await scoring.judge(model)
    assert (done.summary.metrics[0].scored, model.calls) == (8, 7 - kept)
