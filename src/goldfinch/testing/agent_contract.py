"""What every agent must do, as tests to inherit: fakes, our adapters and agents from plugins pass the same suite."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import fields
from math import isfinite

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import FailureKind, Output
from goldfinch.ports.agent import Agent, AnswerFailed


class AgentContract(ABC):
    """Inherit, implement the three hooks, and let pytest collect the class (`asyncio_mode = auto`).

    The agent under test answers a case with the case's input as text. Start servers and write files in fixtures.
    """

    @abstractmethod
    def make_agent(self) -> Agent:
        """Return a new agent, configured the same way each time."""

    @abstractmethod
    def failing_case(self) -> tuple[Case, FailureKind]:
        """Return a case for which the agent fails, and the kind of failure."""

    def secrets(self) -> tuple[str, ...]:
        """Keys that the agent was configured with; none may be seen from outside."""
        return ()

    async def test_answers_a_case(self) -> None:
        async with self.make_agent() as agent:
            output = await agent.answer(_case("hello"), trial=0, seed=1)
        assert output.text == "hello", output
        assert output.failure is None, output.failure

    async def test_keeps_concurrent_answers_with_their_cases(self) -> None:
        cases = [_case(f"question {number}") for number in range(40)]
        async with self.make_agent() as agent:
            outputs = await asyncio.gather(*(agent.answer(case, trial=0, seed=None) for case in cases))
        assert [output.text for output in outputs] == [case.input for case in cases]

    async def test_names_itself_the_same_way_each_time(self) -> None:
        first, second = self.make_agent(), self.make_agent()
        assert (first.name, first.version, first.limit_key) == (second.name, second.version, second.limit_key)
        for name in (first.name, first.version, first.limit_key):
            assert name, "an empty name"
            assert name.isprintable(), f"{name!r} is more than one printable line"

    async def test_shows_no_secret(self) -> None:
        agent = self.make_agent()
        case, _ = self.failing_case()
        async with agent:
            failure = await failure_of(agent, case)
        shown = " ".join((repr(agent), agent.name, agent.version, agent.limit_key, str(failure.failure)))
        for secret in self.secrets():
            assert secret not in shown, "a secret is shown"

    async def test_fails_with_a_typed_failure_in_one_line(self) -> None:
        case, kind = self.failing_case()
        async with self.make_agent() as agent:
            failure = (await failure_of(agent, case)).failure
        assert failure.kind is kind, failure
        assert failure.message, "a failure without words"
        assert "\n" not in failure.message, failure.message

    async def test_goes_on_after_a_failure(self) -> None:
        case, _ = self.failing_case()
        async with self.make_agent() as agent:
            await failure_of(agent, case)
            output = await agent.answer(_case("after"), trial=0, seed=None)
        assert output.text == "after"

    async def test_can_be_closed_and_opened_again(self) -> None:
        agent = self.make_agent()
        for _ in range(2):
            async with agent:
                output = await agent.answer(_case("hello"), trial=0, seed=None)
            assert output.text == "hello"

    async def test_goes_on_after_a_cancelled_call(self) -> None:
        async with self.make_agent() as agent:
            task = asyncio.ensure_future(agent.answer(_case("cancelled"), trial=0, seed=None))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            outputs = [await agent.answer(_case(f"question {number}"), trial=0, seed=None) for number in range(3)]
        assert [output.text for output in outputs] == ["question 0", "question 1", "question 2"]

    async def test_states_finite_amounts_or_none(self) -> None:
        async with self.make_agent() as agent:
            case = _case("hello")
            output = await agent.answer(case, trial=0, seed=None)
            worst = agent.worst_case_cost_usd(case)
        for amount in (worst, *_amounts(output)):
            assert amount is None or (isfinite(amount) and amount >= 0), f"{amount!r} is no amount"

    async def test_says_whose_fault_a_timeout_is(self) -> None:
        assert self.make_agent().timeout_kind in (FailureKind.TIMEOUT, FailureKind.PROVIDER_TIMEOUT)


async def failure_of(agent: Agent, case: Case) -> AnswerFailed:
    """Ask and return the failure; an answer is an AssertionError."""
    try:
        output = await agent.answer(case, trial=0, seed=None)
    except AnswerFailed as error:
        return error
    raise AssertionError(f"answered {output!r} instead of failing")


def _amounts(output: Output) -> tuple[float | None, ...]:
    usage = () if output.usage is None else tuple(getattr(output.usage, field.name) for field in fields(output.usage))
    return (output.cost_usd, output.latency_ms, output.first_token_ms, *usage)


def _case(text: str) -> Case:
    return Case(id=text.replace(" ", "-"), input=text)
