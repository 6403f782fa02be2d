"""A case in this process: the real agent with scripted parts."""

from __future__ import annotations

from typing import Any

import pytest
from goldfinch import AnswerFailed, Case, FailureKind
from goldfinch.core.trajectory import final_text, read_messages

from evaluation.agent import play, release_config, release_names
from src.agents import LimitReached
from src.domain import ReasoningError, Turn
from src.models.replies import ModelFailed, NoRoom, UnusableReply
from tests.scripted_parts import ANSWER, PLAN, QUESTION, DictMemory, ScriptedModel, ScriptedTools, scripted_agent


def case(*said: str) -> Case:
    return Case("c", [{"role": "user", "content": text} for text in said], context={"account": "aurora"})


async def test_goldfinch_reads_the_answer_and_every_call_of_the_agent() -> None:
    output = await play(scripted_agent(ScriptedModel(PLAN, ANSWER)), case(QUESTION), session="s")
    steps = read_messages(output["messages"])
    assert final_text(steps) == ANSWER["answer"]
    assert [call.name for step in steps for call in step.tool_calls] == ["describe_data", "compute_kpis"]
    assert "3.4178" in [call.result for step in steps for call in step.tool_calls][1]
    assert output["input_tokens"] > 0


async def test_a_failed_tool_is_an_error_of_its_call() -> None:
    tools = ScriptedTools(compute_kpis=ValueError("the table is locked"))
    output = await play(scripted_agent(ScriptedModel(PLAN, ANSWER), tools=tools), case(QUESTION), session="s")
    errors = {call.name: call.error for step in read_messages(output["messages"]) for call in step.tool_calls}
    assert errors["describe_data"] is None
    assert "the table is locked" in str(errors["compute_kpis"])


async def test_turns_share_a_session_that_starts_empty_and_is_forgotten() -> None:
    memory, model = DictMemory(), ScriptedModel(PLAN, ANSWER, PLAN, ANSWER)
    await memory.remember("s", Turn("left over", "from an earlier run"), ())
    await play(scripted_agent(model, memory=memory), case(QUESTION, "And before?"), session="s")
    recalled = [len(request.memory.turns) for request in model.requests if request.purpose == "plan"]
    assert recalled == [0, 1]
    assert memory.turns == {}


async def test_a_session_is_forgotten_also_where_the_agent_fails() -> None:
    memory = DictMemory()
    with pytest.raises(ReasoningError):
        await play(scripted_agent(ScriptedModel(PLAN, ANSWER, RuntimeError("no")), memory=memory), case(QUESTION, "And?"), session="s")
    assert memory.turns == {}


@pytest.mark.parametrize("reply", [{"nonsense": 1}, UnusableReply("no JSON"), RuntimeError("a defect")])
async def test_a_model_that_talks_nonsense_is_the_agents_failure(reply: Any) -> None:
    with pytest.raises(ReasoningError):
        await play(scripted_agent(ScriptedModel(reply)), case(QUESTION), session="s")


async def test_a_provider_that_does_not_answer_is_missing_evidence() -> None:
    with pytest.raises(AnswerFailed) as failed:
        await play(scripted_agent(ScriptedModel(ModelFailed("status 503"))), case(QUESTION), session="s")
    assert failed.value.failure.kind is FailureKind.PROVIDER_ERROR


async def test_a_task_that_does_not_fit_its_own_limits_is_the_agents_failure() -> None:
    with pytest.raises(LimitReached, match="no room to plan"):
        await play(scripted_agent(ScriptedModel(NoRoom("no room to plan: 300 tokens are left"))), case(QUESTION), session="s")


def test_the_good_release_comes_first_and_each_has_a_configuration() -> None:
    assert release_names()[0] == "good"
    assert {release_config(name, {}).release_name for name in release_names()} == set(release_names())


def test_what_is_given_goes_before_the_release_file() -> None:
    assert release_config("crashy", {"max_steps": 3}).max_steps == 3


def test_an_unknown_release_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(FileNotFoundError, match=r"no release 'best'; there are good, crashy"):
        release_config("best", {})
