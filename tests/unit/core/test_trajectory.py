from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.output import Step, ToolCall
from goldfinch.core.trajectory import MessagesInvalid, final_text, read_arguments, read_messages, text_of


def nested(identity: str, name: str, arguments: object) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def test_pairs_results_by_id_whatever_their_order() -> None:
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [nested("a", "f", {"x": 1}), nested("b", "g", {})]},
        {"role": "tool", "tool_call_id": "b", "content": "second"},
        {"role": "tool", "tool_call_id": "a", "content": "first"},
        {"role": "assistant", "content": "done"},
    ]
    steps = read_messages(messages)
    assert steps[0].tool_calls == (ToolCall("f", {"x": 1}, "first"), ToolCall("g", {}, "second"))
    assert final_text(steps) == "done"


def test_pairs_results_without_id_in_order() -> None:
    calls = [{"name": "f", "arguments": {"x": 1}}, {"name": "g", "arguments": {}}]
    steps = read_messages([{"role": "assistant", "tool_calls": calls}, {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}])
    assert [call.result for call in steps[0].tool_calls] == ["1", "2"]


def test_a_result_with_a_name_goes_to_the_call_of_that_name() -> None:
    calls = [{"name": "f"}, {"name": "g"}]
    steps = read_messages([{"role": "assistant", "tool_calls": calls}, {"role": "tool", "name": "g", "content": "2"}])
    assert [call.result for call in steps[0].tool_calls] == [None, "2"]


def test_tools_of_the_simulated_user_are_not_the_agents() -> None:
    messages = [
        {"role": "user", "tool_calls": [{"name": "toggle_data", "arguments": {}, "by": "user"}]},
        {"role": "tool", "content": "toggled"},
        {"role": "assistant", "tool_calls": [{"name": "look", "arguments": {}}]},
        {"role": "tool", "content": "seen"},
    ]
    steps = read_messages(messages)
    assert steps == (Step("assistant", None, (ToolCall("look", {}, "seen"),)), Step("tool", "seen"))


def test_reads_errors_of_tools() -> None:
    messages = [
        {"role": "assistant", "tool_calls": [{"name": "f"}, {"name": "g"}]},
        {"role": "tool", "content": "no such order", "error": True},
        {"role": "tool", "content": "x", "error": "timeout"},
    ]
    assert [call.error for call in read_messages(messages)[0].tool_calls] == ["no such order", "timeout"]


@pytest.mark.parametrize(
    ("raw", "problem"), [("{not json", "not valid JSON"), ("[1]", "not a JSON object"), ('{"a": NaN}', "not valid JSON")]
)
def test_broken_arguments_are_kept_and_marked(raw: str, problem: str) -> None:
    arguments, said = read_arguments(raw)
    assert arguments == {"$invalid": raw}
    assert said is not None
    assert problem in said


def test_reads_reasoning_refusals_parts_and_the_old_function_call() -> None:
    steps = read_messages(
        [
            {"role": "developer", "content": "be brief"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "b"}],
            },
            {"role": "assistant", "reasoning_content": "hm", "content": None, "refusal": "I cannot"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "ok"},
        ]
    )
    assert [(step.role, step.text) for step in steps] == [
        ("system", "be brief"),
        ("user", "ab"),
        ("reasoning", "hm"),
        ("assistant", "I cannot"),
        ("assistant", None),
        ("tool", "ok"),
    ]
    assert steps[4].tool_calls == (ToolCall("f", {}, "ok"),)


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ("hi", "must be a list"),
        ([1], "message 0 must be an object"),
        ([{"role": "wizard"}], "message 0 has the unknown role"),
        ([{"role": "assistant", "tool_calls": [{}]}], "message 0: a tool call has no name"),
        ([{"role": "assistant", "tool_calls": 3}], "must be a list"),
    ],
)
def test_says_which_message_is_wrong(messages: object, said: str) -> None:
    with pytest.raises(MessagesInvalid, match=said):
        read_messages(messages)


def test_no_text_is_none_not_empty() -> None:
    assert text_of([]) is None
    assert text_of("") == ""
    assert final_text(()) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
roles = st.sampled_from(["system", "user", "assistant", "tool", "function"])
OPTIONAL = ("content", "tool_calls", "function_call", "tool_call_id", "name", "error", "reasoning_content", "refusal", "by", "id")
hostile = st.fixed_dictionaries(
    {"role": roles},
    optional=dict.fromkeys(OPTIONAL, json_values),
)


@given(st.lists(hostile, max_size=6))
def test_hostile_messages_are_read_or_refused(messages: list[dict[str, Any]]) -> None:
    try:
        steps = read_messages(messages)
    except MessagesInvalid:
        return
    assert all(isinstance(step.text, str | None) for step in steps)
    final_text(steps)


@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_call_gets_its_own_result_by_id(count: int, random: Any) -> None:
    results = [{"role": "tool", "tool_call_id": str(number), "content": f"r{number}"} for number in range(count)]
    random.shuffle(results)
    calls = [nested(str(number), "f", {}) for number in range(count)]
    steps = read_messages([{"role": "assistant", "tool_calls": calls}, *results])
    assert [call.result for call in steps[0].tool_calls] == [f"r{number}" for number in range(count)]
