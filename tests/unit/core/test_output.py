from __future__ import annotations

import pytest

from goldfinch.core.output import Output, Role, Step


def test_turns_of_the_agent_are_counted_and_nobody_elses() -> None:
    roles: tuple[Role, ...] = ("system", "user", "reasoning", "assistant", "tool", "assistant")
    assert Output(trajectory=tuple(Step(role) for role in roles)).step_count == 3


def test_a_completion_without_a_trajectory_is_one_turn() -> None:
    assert Output(text="hi", finish_reason="stop").step_count == 1


@pytest.mark.parametrize("output", [Output(), Output(text="hi"), Output(data=[1]), Output(finish_reason="length")], ids=str)
def test_how_many_turns_an_answer_of_unknown_making_took_is_unknown(output: Output) -> None:
    assert output.step_count is None
