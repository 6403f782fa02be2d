from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.output import ToolCall, Usage
from goldfinch.core.trajectory import final_text, read_messages
from goldfinch.core.wire.openai_replies import ChatStream, ReplyInvalid, ResponseStream, error_of, read_chat, read_response, read_usage


def test_reads_a_chat_completion() -> None:
    call = {"id": "1", "function": {"name": "f", "arguments": '{"a": 1}'}}
    reply = {
        "model": "m-2026",
        "choices": [{"message": {"role": "assistant", "content": "hi", "tool_calls": [call]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    }
    output = read_chat(reply)
    assert (output.text, output.model, output.finish_reason) == ("hi", "m-2026", "tool_calls")
    assert output.usage == Usage(9, 2, 4)
    assert list(output.tool_calls()) == [ToolCall("f", {"a": 1})]
    assert output.cost_usd is None


@pytest.mark.parametrize("empty", [{}, {"tool_calls": []}, {"tool_calls": None, "function_call": None, "reasoning_content": ""}], ids=str)
def test_a_lone_text_is_one_turn_and_is_not_repeated_as_a_trajectory(empty: dict[str, Any]) -> None:
    chat = read_chat({"choices": [{"message": {"content": "hi", **empty}, "finish_reason": "stop"}]})
    response = read_response({"status": "completed", "output": [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}]})
    for output in (chat, response):
        assert (output.text, output.trajectory, output.step_count) == ("hi", (), 1)


def test_a_text_that_may_not_be_the_whole_answer_keeps_its_trajectory() -> None:
    chat = read_chat({"choices": [{"message": {"content": "hi"}}]})
    thought = read_chat({"choices": [{"message": {"content": "hi", "reasoning_content": "hm"}, "finish_reason": "stop"}]})
    assert [chat.step_count, thought.step_count] == [1, 2]
    assert [step.text for step in thought.trajectory] == ["hm", "hi"]


def test_a_lone_text_is_cleaned_as_any_other() -> None:
    assert read_chat({"choices": [{"message": {"content": "cut \ud83d"}, "finish_reason": "length"}]}).text == "cut \ufffd"


def test_reads_a_response() -> None:
    reply = {
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "function_call", "name": "f", "arguments": "{}"},
            {"type": "web_search_call", "action": {"query": "q"}},
            {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}]},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 1}},
    }
    output = read_response(reply)
    assert (output.text, output.finish_reason, output.usage) == ("ab", "length", Usage(3, 4, 1))
    assert [call.name for call in output.tool_calls()] == ["f", "web_search"]


def test_unknown_counts_stay_unknown() -> None:
    assert read_usage({"prompt_tokens": -1, "completion_tokens": True}) == Usage(None, None, None)
    assert read_usage(None) is None


def test_a_streamed_answer_equals_the_whole_one() -> None:
    stream = ChatStream()
    parts: list[dict[str, Any]] = [
        {"delta": {"role": "assistant", "content": ""}},
        {"delta": {"content": "he"}},
        {"delta": {"content": "llo", "tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": '{"a"'}}]}},
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}},
        {"delta": {}, "finish_reason": "stop"},
    ]
    got_token = [stream.add({"model": "m", "choices": [part]}) for part in parts]
    stream.add({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    output = read_chat(stream.reply())
    assert got_token == [False, True, True, True, False]
    assert (output.text, output.usage, list(output.tool_calls())) == ("hello", Usage(1, 2), [ToolCall("f", {"a": 1})])


@pytest.mark.parametrize("stream", [ChatStream(), ResponseStream()])
def test_a_stream_that_breaks_off_is_no_answer(stream: ChatStream | ResponseStream) -> None:
    stream.add({"choices": [{"delta": {"content": "half an ans"}}]})
    with pytest.raises(ReplyInvalid, match="broke off"):
        stream.reply()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
messages = st.dictionaries(st.sampled_from(["content", "tool_calls", "refusal", "function_call", "name", "arguments"]), json_values)
choices = st.dictionaries(st.sampled_from(["message", "delta", "finish_reason", "index"]), messages | json_values)
replies = st.dictionaries(
    st.sampled_from(["choices", "usage", "model", "error", "output", "status", "type", "response", "delta"]),
    json_values | st.lists(choices | json_values, max_size=3),
)


@given(replies | json_values)
def test_hostile_replies_are_read_or_refused(reply: Any) -> None:
    error_of(reply)
    for read in (read_chat, read_response):
        try:
            output = read(reply)
        except ReplyInvalid:
            continue
        assert isinstance(output.text, str | None)


@given(
    st.fixed_dictionaries(
        {"content": st.text(max_size=4) | json_values}, optional={"reasoning_content": json_values, "tool_calls": json_values}
    )
)
def test_a_reply_without_a_trajectory_says_what_its_message_says(message: dict[str, Any]) -> None:
    try:
        output = read_chat({"choices": [{"message": message, "finish_reason": "stop"}]})
    except ReplyInvalid:
        return
    steps = read_messages([{**message, "role": "assistant"}])
    assert output.trajectory in ((), steps)
    assert (output.text, output.step_count) == (final_text(steps), len(steps))
    assert list(output.tool_calls()) == [call for step in steps for call in step.tool_calls]


@given(st.lists(replies | json_values, max_size=5))
def test_hostile_streams_are_read_or_refused(chunks: list[Any]) -> None:
    for stream, read in ((ChatStream(), read_chat), (ResponseStream(), read_response)):
        try:
            for chunk in chunks:
                stream.add(chunk)
            read(stream.reply())
        except ReplyInvalid:
            continue
