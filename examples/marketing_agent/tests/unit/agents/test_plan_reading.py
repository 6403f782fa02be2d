from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.agents.plan_reading import read_plan
from tests.scripted_parts import ScriptedTools

TOOLS = ScriptedTools()
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["plan", "steps", "tool", "thought", "arguments"]), inner),
    max_leaves=12,
)


def _read(*steps: Any) -> Any:
    return read_plan({"plan": {"steps": list(steps)}, "reasoning": "because"}, TOOLS)


def test_a_text_is_a_reasoning_step_without_a_tool() -> None:
    read = _read("step1", "step2")

    assert [(step.id, step.thought, step.tool) for step in read.steps] == [("s1", "step1", None), ("s2", "step2", None)]
    assert read.problems == ()


def test_a_call_keeps_its_arguments() -> None:
    read = _read({"thought": "t", "tool": "compute_kpis", "arguments": {"group_by": "total"}})

    assert read.steps[0].arguments == {"group_by": "total"}


def test_arguments_may_be_a_text_of_json() -> None:
    read = _read({"tool": "compute_kpis", "arguments": '{"group_by": "total"}'})

    assert (read.steps[0].arguments, read.problems) == ({"group_by": "total"}, ())


@pytest.mark.parametrize("tool", [None, "", "none", "None"])
def test_a_step_that_names_no_tool_is_a_thought(tool: str | None) -> None:
    assert _read({"thought": "compare", "tool": tool}).steps[0].tool is None


def test_an_argument_that_refers_to_an_earlier_step_is_checked_when_its_value_is_there() -> None:
    read = _read(
        {"tool": "compute_kpis", "arguments": {"group_by": "campaign"}},
        {"tool": "diagnose_campaign", "arguments": {"campaign": "$s1.groups.0.key"}},
    )

    assert read.problems == ()


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"tool": "delete_everything"}, "there is no tool 'delete_everything'; there are compute_kpis, describe_data, diagnose_campaign"),
        ({"tool": "describe_dat"}, "there is no tool 'describe_dat'; did you mean 'describe_data'?"),
        ({"tool": "compute_kpis"}, "'group_by' is a required property"),
        ({"tool": "compute_kpis", "arguments": {"group_by": "moon"}}, "'moon' is not one of"),
        ({"tool": "compute_kpis", "arguments": "{nonsense"}, "compute_kpis has no argument 'arguments'"),
        ({"tool": "diagnose_campaign", "arguments": {"campaign": "$s1.key"}}, "it refers to s1, which is no earlier step"),
        (7, "neither a text nor an object"),
        ({"arguments": {}}, "neither a text nor an object"),
        ("  ", "neither a text nor an object"),
    ],
)
def test_what_is_wrong_is_said_with_the_step_and_what_would_fit(step: Any, problem: str) -> None:
    read = _read(step)

    assert problem in read.problems[0]
    assert "step 1" in read.problems[0]


@pytest.mark.parametrize(
    "reply", [{}, {"plan": None}, {"plan": {"steps": []}}, {"plan": {"steps": "one"}}, {"plan": "one"}, {"answer": "hello"}]
)
def test_a_reply_without_steps_is_no_plan(reply: Any) -> None:
    assert read_plan(reply, TOOLS).problems == ("plan.steps is not a list with at least one step",)


@given(JSON)
def test_whatever_a_model_replies_is_read_or_named(steps: Any) -> None:
    read = read_plan({"plan": {"steps": steps}}, TOOLS)

    assert read.problems or read.steps
