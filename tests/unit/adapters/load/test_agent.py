"""An agent as the target of a benchmark."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.load.agent import AgentTarget
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case

CASES = tuple(Case(id=f"case-{number}", input=f"question {number}") for number in range(3))


def target(function: Any, *, timeout_s: float = 5.0) -> AgentTarget:
    return AgentTarget(PythonAgent(function, name="mine", prices=PriceList({}), threads=4), CASES, timeout_s=timeout_s)


async def test_the_cases_are_asked_around_and_around() -> None:
    asked: list[str] = []

    async def answer(question: str) -> str:
        asked.append(question)
        return "fine"

    async with target(answer) as one:
        assert [(await one.send(number)).outcome for number in range(5)] == ["ok"] * 5
    assert asked == ["question 0", "question 1", "question 2", "question 0", "question 1"]


async def test_cost_first_token_and_the_provider_s_time_come_from_the_answer() -> None:
    async def answer(_: str) -> dict[str, Any]:
        return {"text": "x", "cost_usd": 0.02, "first_token_ms": 30.0, "reported": {"provider_ms": 80.0}}

    async with target(answer) as one:
        reply = await one.send(0)
    assert (reply.cost_usd, reply.provider_ms) == (0.02, 80.0)
    assert reply.event_s is not None
    assert reply.event_s[0] - reply.sent_s == pytest.approx(0.03)


async def test_an_answer_that_says_nothing_of_cost_leaves_it_unknown() -> None:
    async def answer(_: str) -> str:
        return "x"

    async with target(answer) as one:
        reply = await one.send(0)
    assert (reply.cost_usd, reply.provider_ms, reply.event_s) == (None, None, None)


async def test_an_exception_of_the_agent_is_an_outcome() -> None:
    async def answer(_: str) -> str:
        raise RuntimeError("boom")

    async with target(answer) as one:
        assert (await one.send(0)).outcome == "exception"


async def test_an_agent_that_does_not_come_back_is_a_timeout() -> None:
    async def answer(_: str) -> str:
        await asyncio.Event().wait()
        return ""

    async with target(answer, timeout_s=0.02) as one:
        assert (await one.send(0)).outcome == "timeout"
