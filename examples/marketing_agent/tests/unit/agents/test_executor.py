from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from src.agents.executor import Executor
from src.domain import Observation, Plan, PlanStep, Task
from tests.scripted_parts import ScriptedTools

TASK = Task("question")


def _plan(*steps: PlanStep) -> Plan:
    return Plan(steps, "", 0.001)


def _kpis(step_id: str) -> PlanStep:
    return PlanStep(step_id, "", "compute_kpis", {"group_by": "campaign"})


async def test_steps_that_need_nothing_of_each_other_run_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    class Meeting(ScriptedTools):
        async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Any, *, draw: str = "") -> Observation:
            await asyncio.wait_for(both.wait(), 5)  # alone, a call would wait for ever
            return await super().call(step_id, name, arguments, workspace, draw=draw)

    execution = await Executor(Meeting(), max_steps=9).execute(_plan(_kpis("s1"), _kpis("s2")), TASK, None)

    assert [seen.step_id for seen in execution.observations] == ["s1", "s2"]


async def test_a_value_of_an_earlier_step_is_filled_in() -> None:
    tools = ScriptedTools(diagnose_campaign={"cause": "none"})
    later = PlanStep("s2", "", "diagnose_campaign", {"campaign": "$s1.groups.0.key"})

    execution = await Executor(tools, max_steps=9).execute(_plan(_kpis("s1"), later), TASK, None)

    assert tools.calls[1] == ("diagnose_campaign", {"campaign": "Brand Search"})
    assert execution.observations[1].arguments == {"campaign": "Brand Search"}


async def test_a_value_that_an_earlier_step_does_not_have_is_a_failure_of_the_step() -> None:
    later = PlanStep("s2", "", "diagnose_campaign", {"campaign": "$s1.groups.7.key"})

    execution = await Executor(ScriptedTools(), max_steps=9).execute(_plan(_kpis("s1"), later), TASK, None)

    assert execution.observations[1].error == "a value of an earlier step is missing: s1.groups.7.key"


async def test_a_value_that_does_not_fit_the_schema_is_a_failure_of_the_step() -> None:
    later = PlanStep("s2", "", "diagnose_campaign", {"campaign": "$s1.days"})

    execution = await Executor(ScriptedTools(), max_steps=9).execute(_plan(_kpis("s1"), later), TASK, None)

    assert execution.observations[1].error == "7 is not of type 'string'"


async def test_observations_are_told_as_they_are_made() -> None:
    told: list[Observation] = []

    execution = await Executor(ScriptedTools(), max_steps=9).execute(_plan(_kpis("s1")), TASK, None, seen=told.append)

    assert tuple(told) == execution.observations


async def test_references_within_lists_are_filled_in_too() -> None:
    tools = ScriptedTools(diagnose_campaign=lambda arguments: {"got": arguments["campaign"]})
    tools.validate = lambda name, arguments: ()  # type: ignore[method-assign]
    later = PlanStep("s2", "", "diagnose_campaign", {"campaign": ["$s1.groups.0.key", "other"]})

    execution = await Executor(tools, max_steps=9).execute(_plan(_kpis("s1"), later), TASK, None)

    assert execution.observations[1].result == {"got": ["Brand Search", "other"]}
