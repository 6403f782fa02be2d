from __future__ import annotations

import asyncio

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.agents import ScriptedAgent


async def test_plays_its_script_a_call_at_a_time_and_repeats_the_end() -> None:
    agent = ScriptedAgent({"c": [Failure(FailureKind.NETWORK, "down"), "first", Output(data=[1])]})
    with pytest.raises(AnswerFailed, match="down"):
        await agent.answer(Case("c", "q"), trial=0, seed=None)
    outputs = [await agent.answer(Case("c", "q"), trial=0, seed=None) for _ in range(3)]
    assert [output.text for output in outputs] == ["first", None, None]
    assert agent.calls["c", 0] == 4


async def test_has_the_quality_it_was_given_and_repeats_itself_by_seed() -> None:
    async def right(seed: int) -> list[bool]:
        agent = ScriptedAgent(right_share=0.7)
        cases = [Case(f"c{number}", "q", expected=Expected(answer="yes")) for number in range(1000)]
        outputs = [await agent.answer(case, trial=0, seed=seed) for case in cases]
        return [output.text == "yes" for output in outputs]

    first = await right(1)
    assert 650 <= sum(first) <= 750
    assert await right(1) == first
    assert await right(2) != first


async def test_counts_calls_in_flight_and_keeps_an_unknown_price_unknown() -> None:
    async with ScriptedAgent(cost_usd=None) as agent:
        outputs = await asyncio.gather(*(agent.answer(Case(f"c{n}", "q"), trial=0, seed=None) for n in range(5)))
    assert agent.max_in_flight == 5
    assert agent.in_flight == 0
    assert {output.cost_usd for output in outputs} == {None}
    assert not agent.is_open
