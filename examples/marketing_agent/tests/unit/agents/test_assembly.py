"""The composition root with the real parts."""

from __future__ import annotations

from src.agents import Task, agent_of
from src.config import Behaviour, Config
from src.domain import Result


async def test_an_agent_of_a_configuration_answers_with_its_real_parts() -> None:
    agent = agent_of(Config(release_id="r-1"))

    result = await agent.reason(Task("Summarise the data", context={"data": [1, 2, 3]}, session_id="a"))

    assert result.release_id == agent.release_id == "r-1"
    assert result.model == "rules-1"
    assert (await agent.memory.recall("a")).turns[0].answer == result.output
    await agent.close()


async def _tokens(behaviour: Behaviour) -> Result:
    agent = agent_of(Config(behaviour=behaviour, max_tokens_per_test=60_000))
    return await agent.reason(Task("How should we reallocate the budget for more revenue?", context={"account": "aurora-outdoor"}))


async def test_the_verbose_release_takes_about_three_times_the_tokens_for_the_same_answer() -> None:
    good, verbose = await _tokens(Behaviour()), await _tokens(Behaviour(drafts=3))

    assert verbose.output == good.output
    assert 2.5 <= verbose.usage.total / good.usage.total <= 4.5
