"""An agent that is replayed: no answer stands on a request that was not recorded, and no time is claimed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from goldfinch.adapters.cassettes.agent import RecordedOnTheWay, ReplayedAgent
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import Scripted, ScriptedAgent

CASE = Case("a", "hi")


class Misses:
    def __init__(self) -> None:
        self.misses = 0
        self.last_miss = ""

    def miss(self) -> None:
        self.misses += 1
        self.last_miss = "nothing is recorded for this"


def replayed(script: Callable[[Case, int], Scripted], misses: Misses | None = None) -> ReplayedAgent:
    return ReplayedAgent(ScriptedAgent(otherwise=script), misses or Misses())


async def test_times_of_a_replayed_answer_are_unknown_and_its_cost_stays() -> None:
    agent = replayed(lambda *_: Output(text="x", latency_ms=5.0, first_token_ms=1.0, cost_usd=0.5))
    assert await agent.answer(CASE, trial=0, seed=None) == Output(text="x", cost_usd=0.5)
    assert agent.is_recorded


async def test_an_answer_given_in_spite_of_a_miss_is_missing_evidence() -> None:
    misses = Misses()

    def answers_all_the_same(*_: object) -> Output:
        misses.miss()
        return Output(text="sorry, I could not reach the model")

    with pytest.raises(AnswerFailed) as caught:
        await replayed(answers_all_the_same, misses).answer(CASE, trial=0, seed=None)
    assert caught.value.failure == Failure(FailureKind.NOT_RECORDED, "nothing is recorded for this")


@pytest.mark.parametrize("error", [AnswerFailed(Failure(FailureKind.EXCEPTION, "x")), ValueError("404")])
async def test_a_failure_caused_by_a_miss_is_missing_evidence_not_the_agents_own(error: Exception) -> None:
    misses = Misses()

    def fails(*_: object) -> Output:
        misses.miss()
        raise error

    with pytest.raises(AnswerFailed) as caught:
        await replayed(fails, misses).answer(CASE, trial=0, seed=None)
    assert caught.value.failure.kind is FailureKind.NOT_RECORDED


async def test_a_failure_of_its_own_stays_its_own() -> None:
    def fails(*_: object) -> Output:
        raise AnswerFailed(Failure(FailureKind.EXCEPTION, "mine"), output=Output(latency_ms=3.0), retry_after_s=1.0)

    with pytest.raises(AnswerFailed) as caught:
        await replayed(fails).answer(CASE, trial=0, seed=None)
    assert (caught.value.failure.message, caught.value.output.latency_ms, caught.value.retry_after_s) == ("mine", None, 1.0)


async def test_a_run_stops_where_an_exchange_could_not_be_recorded() -> None:
    problem = InfrastructureError("disk full")
    agent = RecordedOnTheWay(ScriptedAgent(), lambda: problem)
    with pytest.raises(InfrastructureError, match="disk full"):
        await agent.answer(CASE, trial=0, seed=None)


async def test_everything_else_is_the_inner_agents_own() -> None:
    inner = ScriptedAgent({"a": ["x"]})
    for agent in (ReplayedAgent(inner, Misses()), RecordedOnTheWay(inner, lambda: None)):
        async with agent as opened:
            assert opened is agent
            assert (agent.name, agent.version, agent.limit_key) == (inner.name, inner.version, inner.limit_key)
            assert (agent.timeout_kind, agent.worst_case_cost_usd(CASE)) == (inner.timeout_kind, inner.worst_case_cost_usd(CASE))
            assert (await agent.answer(CASE, trial=0, seed=None)).text == "x"
