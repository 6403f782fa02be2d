from __future__ import annotations

import asyncio

from goldfinch.adapters.agents.later_trials import LaterTrials
from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case


def test_trials_are_counted_on_and_everything_else_is_the_agents_own() -> None:
    agent = PythonAgent(lambda question, trial, seed: f"{question} {trial} {seed}", name="mine", prices=PriceList({}))
    later = LaterTrials(agent, 3)

    async def ask() -> str | None:
        async with later:
            return (await later.answer(Case("c", "q"), trial=1, seed=7)).text

    assert asyncio.run(ask()) == "q 4 7"
    assert (later.name, later.version, later.limit_key) == (agent.name, agent.version, agent.limit_key)
    assert (later.timeout_kind, later.is_recorded) == (agent.timeout_kind, agent.is_recorded)
    assert later.worst_case_cost_usd(Case("c", "q")) is None
