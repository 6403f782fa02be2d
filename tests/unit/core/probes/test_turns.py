"""Cases as turns, and turns as one output."""

from __future__ import annotations

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output, Step, Usage
from goldfinch.core.probes.turns import joined, turns_of


def test_a_conversation_is_said_turn_by_turn_and_only_by_its_user() -> None:
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "recorded"},
        {"role": "user", "content": "two"},
    ]
    assert turns_of(Case("c", messages)) == ("one", "two")
    assert turns_of(Case("c", {"messages": messages})) == ("one", "two")


def test_any_other_input_is_one_turn() -> None:
    assert turns_of(Case("c", "one")) == ("one",)
    assert turns_of(Case("c", {"question": "one"})) == ({"question": "one"},)
    assert turns_of(Case("c", [{"role": "system", "content": "x"}])) == ([{"role": "system", "content": "x"}],)


def test_the_last_answer_is_judged_with_what_all_turns_took() -> None:
    first = Output(text="a", trajectory=(Step("user", "one"),), usage=Usage(10, 2), cost_usd=0.25, latency_ms=5.0)
    last = Output(text="b", trajectory=(Step("user", "two"),), usage=Usage(20, 3), cost_usd=0.5, latency_ms=7.0)
    whole = joined([first, last])
    assert whole.text == "b"
    assert [step.text for step in whole.trajectory] == ["one", "two"]
    assert (whole.usage, whole.cost_usd, whole.latency_ms) == (Usage(30, 5), 0.75, 12.0)


def test_what_one_turn_does_not_say_is_unknown_of_all() -> None:
    whole = joined([Output(text="a", usage=Usage(10, 2), cost_usd=0.1), Output(text="b")])
    assert (whole.usage, whole.cost_usd, whole.latency_ms) == (None, None, None)


def test_a_failure_stays_one() -> None:
    failure = Failure(FailureKind.SERVER_ERROR, "500", 500)
    assert joined([Output(text="a"), Output(failure=failure)]).failure is failure
