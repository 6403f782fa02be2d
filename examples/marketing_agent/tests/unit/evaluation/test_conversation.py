"""A case as turns of its user, and turns of an agent as what Goldfinch reads."""

from __future__ import annotations

import pytest
from goldfinch.core.trajectory import final_text, read_messages

from evaluation.conversation import Turn, output_of, session_of, user_turns
from src.domain import TokenUsage


def turn(question: str, answer: str, result: str) -> Turn:
    call = {"id": "call_1", "type": "function", "function": {"name": "compute_kpis", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
        {"role": "assistant", "content": answer},
    ]
    return Turn(messages, TokenUsage(100, 10), "rules-1", 5.0)


def test_a_text_is_one_turn() -> None:
    assert user_turns("c", "What is our ROAS?") == ("What is our ROAS?",)


def test_messages_of_the_user_are_turns_in_their_order() -> None:
    asked = [{"role": "user", "content": "Our target CPA is 20 EUR."}, {"role": "user", "content": "Who misses it?"}]
    assert user_turns("c", asked) == ("Our target CPA is 20 EUR.", "Who misses it?")


@pytest.mark.parametrize("asked", [[], {}, 7, [{"role": "assistant", "content": "x"}], [{"role": "user"}], ["text"]])
def test_any_other_input_is_an_error_that_names_the_case(asked: object) -> None:
    with pytest.raises(ValueError, match="case kpi-1: input must be"):
        user_turns("kpi-1", asked)


def test_a_session_is_the_same_in_every_run_and_another_for_each_trial() -> None:
    assert session_of("c", 0, None) == session_of("c", 0, None)
    assert len({session_of("c", 0, None), session_of("c", 1, None), session_of("c", 0, 7), session_of("d", 0, None)}) == 4
    assert len(session_of("c" * 128, 0, 2**63)) <= 128


def test_the_last_answer_counts_and_calls_of_each_turn_keep_their_own_results() -> None:
    output = output_of([turn("Who is best?", "Spring Sale.", "first"), turn("And worst?", "Summer.", "second")])
    steps = read_messages(output["messages"])
    assert final_text(steps) == "Summer."
    assert [call.result for step in steps for call in step.tool_calls] == ["first", "second"]


def test_tokens_and_time_are_those_of_all_turns() -> None:
    output = output_of([turn("a", "b", "c"), turn("d", "e", "f")])
    assert (output["input_tokens"], output["output_tokens"], output["latency_ms"], output["model"]) == (200, 20, 10.0, "rules-1")
