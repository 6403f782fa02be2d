"""The scripted model: replies by script, remembers what it was asked, counts, and never repeats by accident."""

from __future__ import annotations

import asyncio

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.ports.agent import AnswerFailed
from goldfinch.testing.scripted_model import Messages, ScriptedModel, seen_text


async def _ask(model: ScriptedModel, asked: object = "hello") -> Output:
    return await model.answer(Case("a", asked), trial=0, seed=None)


async def test_replies_in_the_order_of_the_script_and_counts_calls() -> None:
    model = ScriptedModel(["one", Output(text="two", finish_reason="length")])
    first, second = await _ask(model), await _ask(model)
    assert (first.text, first.finish_reason, first.cost_usd) == ("one", "stop", 0.001)
    assert (second.text, second.finish_reason) == ("two", "length")
    assert model.calls == 2


async def test_a_script_that_is_used_up_stops_the_run() -> None:
    model = ScriptedModel(["one"])
    await _ask(model)
    with pytest.raises(AgentUnusable, match="1 replies and was asked for one more") as stopped:
        await _ask(model)
    assert stopped.value.code == "E1930"


async def test_a_function_sees_the_messages() -> None:
    def reply(messages: Messages) -> str:
        return seen_text(messages).upper()

    model = ScriptedModel(reply)
    messages = [{"role": "system", "content": "be"}, {"role": "user", "content": "kind"}]
    assert (await _ask(model, messages)).text == "BE\nKIND"
    assert (await _ask(model, {"messages": messages})).text == "BE\nKIND"
    assert (await _ask(model, {"q": 1})).text == '{"Q": 1}'
    assert model.requests[0] == messages


async def test_failures_and_exceptions_are_raised_and_count_as_calls() -> None:
    model = ScriptedModel([Failure(FailureKind.RATE_LIMITED, "slow down"), ValueError("boom")])
    with pytest.raises(AnswerFailed):
        await _ask(model)
    with pytest.raises(ValueError, match="boom"):
        await _ask(model)
    assert model.calls == 2


async def test_sees_how_many_calls_were_in_flight_together() -> None:
    model = ScriptedModel(lambda messages: "ok")
    await asyncio.gather(*(_ask(model) for _ in range(5)))
    assert model.max_in_flight == 5


def test_refuses_a_text_as_script() -> None:
    with pytest.raises(TypeError, match="not a text"):
        ScriptedModel("yes")
