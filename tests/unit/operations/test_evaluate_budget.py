"""Money: no run spends more than it was allowed to (REQUIREMENTS T20)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest

from goldfinch.core.datasets.case import Case, CaseBudget
from goldfinch.core.errors import ExitCode
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.scoring.answered import Answered
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.evaluate import EvaluationResult
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import Scripted, ScriptedAgent
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.run_journal import InMemoryRun

Evaluate = Callable[..., Awaitable[EvaluationResult]]
Cases = Callable[..., list[Case]]


class Heard(Protocol):
    notes: list[str]
    snapshots: list[Any]


class Priced(ScriptedAgent):
    """Costs what `price` says of its n-th call; keeps the bill."""

    def __init__(self, price: Callable[[int], float | None], **scripted: Any) -> None:
        super().__init__(**scripted)
        self._price = price
        self.bill: list[float] = []

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        cost = self._price(len(self.bill))
        self.bill.append(cost or 0.0)
        output = await super().answer(case, trial=trial, seed=seed)
        output.cost_usd = cost
        return output


async def test_stops_hard_at_the_budget(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    agent = Priced(lambda _: 0.004)
    result = await run(cases_of(200), agent, concurrency=50, budget_usd=0.10)
    assert len(agent.bill) == 25
    assert sum(agent.bill) <= 0.10 + 1e-9
    assert (result.exit_code, result.manifest.status, len(journal.output_lines)) == (ExitCode.BUDGET, RunStatus.INCOMPLETE, 25)
    assert "25 of 200 answers; budget of $0.1 reached after $0.1000" in result.manifest.reason


@pytest.mark.parametrize("worst", [0.02, 0.004])
async def test_fifty_calls_at_once_exceed_the_budget_by_at_most_one(run: Evaluate, cases_of: Cases, worst: float) -> None:
    agent = Priced(lambda call: worst * ((call * 7) % 10 + 1) / 10, worst_case_usd=worst)
    result = await run(cases_of(500), agent, concurrency=50, budget_usd=0.10)
    assert 0.10 - worst < sum(agent.bill) <= 0.10 + 1e-9
    assert agent.max_in_flight > 1
    assert result.exit_code is ExitCode.BUDGET


async def test_takes_the_most_that_a_case_may_cost_from_the_case(run: Evaluate, cases_of: Cases) -> None:
    agent = Priced(lambda _: 0.03)
    await run(cases_of(20, budget=CaseBudget(cost_usd=0.03)), agent, concurrency=10, budget_usd=0.10)
    assert len(agent.bill) == 3


async def test_counts_every_attempt_of_a_retry_storm(run: Evaluate, cases_of: Cases) -> None:
    class CutOff(Priced):
        """Every first reply of a case is truncated, and billed all the same."""

        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            output = await super().answer(case, trial=trial, seed=seed)
            if self.calls[case.id, trial] == 1:
                raise AnswerFailed(Failure(FailureKind.PROVIDER_ERROR, "truncated"), output=Output(cost_usd=output.cost_usd))
            return output

    agent = CutOff(lambda _: 0.01)
    result = await run(cases_of(100), agent, concurrency=5, budget_usd=0.20)
    assert len(agent.bill) == 20
    assert result.exit_code is ExitCode.BUDGET


async def test_refusals_for_load_cost_nothing(run: Evaluate, cases_of: Cases) -> None:
    script: dict[str, list[Scripted]] = {f"c{number}": [Failure(FailureKind.RATE_LIMITED, "HTTP 429", 429), "q"] for number in range(1, 20)}
    result = await run(cases_of(20), ScriptedAgent(script, cost_usd=0.01), concurrency=4, budget_usd=0.2000001)
    assert (result.exit_code, result.summary.finished) == (ExitCode.PASSED, 20)


async def test_failures_of_unknown_cost_are_held_against_the_budget(run: Evaluate, cases_of: Cases) -> None:
    script = {f"c{number}": [ValueError("after paying")] for number in range(1, 100)}
    agent = ScriptedAgent(script, cost_usd=0.01)
    result = await run(cases_of(100), agent, concurrency=4, budget_usd=0.10)
    assert sum(agent.calls.values()) == 10
    assert result.exit_code is ExitCode.BUDGET
    assert "reached after $0.0100, $0.0900 held for calls whose cost is unknown" in result.manifest.reason
    assert (result.summary.cost.total_usd, result.summary.cost.unknown) == (0.01, 9)


async def test_goes_on_with_a_larger_budget_and_counts_what_was_spent(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    first = Priced(lambda _: 0.01)
    await run(cases_of(50), first, budget_usd=0.10)
    second = Priced(lambda _: 0.01)
    result = await run(cases_of(50), second, budget_usd=0.15)
    assert (len(first.bill), len(second.bill)) == (10, 5)
    assert (result.exit_code, result.summary.finished) == (ExitCode.BUDGET, 15)
    assert result.summary.cost.total_usd == pytest.approx(0.15)
    third = Priced(lambda _: 0.01)
    result = await run(cases_of(50), third, budget_usd=1.0)
    assert (len(third.bill), result.exit_code) == (35, ExitCode.PASSED)


async def test_counts_earlier_spending_under_other_scorers_too(run: Evaluate, cases_of: Cases) -> None:
    await run(cases_of(50), Priced(lambda _: 0.01), budget_usd=0.10)
    agent = Priced(lambda _: 0.01)
    result = await run(cases_of(50), agent, budget_usd=0.10, metrics=[Metric(Answered())])
    assert (agent.bill, result.exit_code) == ([], ExitCode.BUDGET)


async def test_an_unknown_price_stops_the_run_after_the_first_answer_which_is_kept(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    agent = ScriptedAgent(cost_usd=None)
    result = await run(cases_of(100), agent, concurrency=50, budget_usd=1.0)
    assert sum(agent.calls.values()) == 1
    assert len(journal.output_lines) == len(journal.score_lines) == 1
    assert (result.exit_code, result.error and result.error.code) == (ExitCode.USAGE, "E1602")
    assert "the cost of an answer of scripted is unknown" in result.manifest.reason


async def test_calls_in_flight_are_kept_when_a_price_turns_out_unknown(run: Evaluate, cases_of: Cases, journal: InMemoryRun) -> None:
    agent = Priced(lambda call: None if call == 7 else 0.01)
    result = await run(cases_of(100), agent, concurrency=5, budget_usd=1.0)
    assert result.exit_code is ExitCode.USAGE
    assert len(journal.output_lines) == sum(agent.calls.values())


async def test_recorded_answers_need_no_money(run: Evaluate, cases_of: Cases) -> None:
    class Recorded(ScriptedAgent):
        is_recorded = True

    for cost in (0.5, None):
        result = await run(cases_of(30), Recorded(cost_usd=cost), into=InMemoryRun(), budget_usd=0.10)
        assert (result.exit_code, result.summary.finished) == (ExitCode.PASSED, 30)


async def test_says_once_that_the_money_will_not_do(run: Evaluate, cases_of: Cases, progress: Heard) -> None:
    clock = FakeClock()

    class Slow(Priced):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            await clock.sleep(1.5)
            return await super().answer(case, trial=trial, seed=seed)

    await run(cases_of(100), Slow(lambda _: 0.01), concurrency=1, budget_usd=0.50, on=clock)
    assert progress.notes == [
        "at this rate the run costs about $1.00, more than its budget of $0.5: it will stop after about 50 of 100 answers"
    ]
    assert progress.snapshots[-1].spent_usd == pytest.approx(0.50)

    progress.notes.clear()
    await run(cases_of(100), Slow(lambda _: 0.01), concurrency=1, budget_usd=0.75, on=clock)
    assert progress.notes == [
        "resuming run-1: 50 of 100 answers are there already",
        "at this rate the run costs about $1.00, more than its budget of $0.75: it will stop after about 75 of 100 answers",
    ]
    assert progress.snapshots[-1].spent_usd == pytest.approx(0.75)


async def test_says_nothing_of_the_budget_where_the_money_will_do(run: Evaluate, cases_of: Cases, progress: Heard) -> None:
    await run(cases_of(100), Priced(lambda _: 0.01), concurrency=1, budget_usd=1.01)
    assert progress.notes == []


async def test_an_earlier_attempt_of_unknown_cost_makes_the_cost_of_the_answer_unknown(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    late = Failure(FailureKind.PROVIDER_TIMEOUT, "no answer")
    result = await run(cases_of(1), ScriptedAgent({"c0": [late, Output(text="c0", cost_usd=0.01)]}))
    assert [(line.attempts, line.output.text, line.output.cost_usd) for line in journal.output_lines] == [(2, "c0", None)]
    assert (result.summary.cost.known, result.summary.cost.unknown) == (0, 1)


async def test_a_refusal_for_load_costs_nothing_so_the_answer_after_it_has_its_price(
    run: Evaluate, cases_of: Cases, journal: InMemoryRun
) -> None:
    await run(cases_of(1), ScriptedAgent({"c0": [Failure(FailureKind.RATE_LIMITED, "429"), Output(text="c0", cost_usd=0.01)]}))
    assert journal.output_lines[0].output.cost_usd == 0.01


async def test_money_paid_for_answers_that_could_not_be_had_is_shown_apart(run: Evaluate, cases_of: Cases) -> None:
    class Billed(ScriptedAgent):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            if case.id == "c1":
                raise AnswerFailed(Failure(FailureKind.PROVIDER_ERROR, "cut off"), output=Output(cost_usd=0.5))
            return await super().answer(case, trial=trial, seed=seed)

    result = await run(cases_of(2), Billed())
    assert result.summary.cost.lost_usd == pytest.approx(2.0)
    assert result.summary.cost.total_usd == pytest.approx(0.001)
    again = await run(cases_of(2), ScriptedAgent())
    assert again.summary.cost.lost_usd == pytest.approx(2.0)
