"""A case as turns of its user, and a turn of the agent as messages that Goldfinch reads."""

from __future__ import annotations

import pytest
from goldfinch.core.trajectory import final_text, read_messages

from evaluation.conversation import session_id, turn_messages, user_turns
from src.domain import Observation, ReasoningStep, Result

SEEN = Observation("s1", "compute_kpis", {"group_by": "total"}, {"groups": [{"key": "total", "roas": {"value": 3.42}}]})
FAILED = Observation("s2", "query_data", {"sql": "SELECT"}, error="no such table: x")


def result(*steps: ReasoningStep, output: str = "ROAS 3.42.") -> Result:
    return Result(True, output, steps, has_plan=True, has_execution=True, has_reflection=True, quality_score=1.0, total_cost=0.001)


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
    assert session_id("c", 0, None) == session_id("c", 0, None)
    assert len({session_id("c", 0, None), session_id("c", 1, None), session_id("c", 0, 7), session_id("d", 0, None)}) == 4


def test_goldfinch_reads_answer_calls_results_and_errors_from_the_messages() -> None:
    steps = (
        ReasoningStep("plan", "Two steps."),
        ReasoningStep("execution", "s1", SEEN),
        ReasoningStep("execution", "s2", FAILED),
        ReasoningStep("reflection", "All numbers recomputed."),
        ReasoningStep("answer", "ROAS 3.42."),
    )
    read = read_messages(turn_messages(1, "What is our ROAS?", result(*steps)))
    assert final_text(read) == "ROAS 3.42."
    first, second = (call for step in read for call in step.tool_calls)
    assert (first.name, first.arguments, first.error) == ("compute_kpis", {"group_by": "total"}, None)
    assert "3.42" in first.result
    assert (second.name, second.error) == ("query_data", "no such table: x")
    assert [step.text for step in read if step.role == "reasoning"] == ["Two steps.", "All numbers recomputed."]


def test_calls_of_two_turns_keep_their_own_results() -> None:
    other = Observation("s1", "compute_kpis", {"group_by": "total"}, {"groups": []})
    messages = turn_messages(1, "a", result(ReasoningStep("execution", "s1", SEEN))) + turn_messages(
        2, "b", result(ReasoningStep("execution", "s1", other), output="Nothing.")
    )
    read = read_messages(messages)
    assert [call.result for step in read for call in step.tool_calls] == [
        '{"groups": [{"key": "total", "roas": {"value": 3.42}}]}',
        '{"groups": []}',
    ]
    assert final_text(read) == "Nothing."
