"""A reply is a verdict, or says why it is none; nothing is guessed."""

from __future__ import annotations

import pytest

from goldfinch.core.judging.reading import Choice, Preference, Unreadable, Verdict, Why, read_preference, read_verdict, verdict_schema
from goldfinch.core.output import Failure, FailureKind, Output


def read(text: str | None, **facts: object) -> Verdict | Unreadable:
    return read_verdict(Output(text=text, **facts), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        '{"reason": "close", "score": 4}',
        ' \n{"score": 4, "reason": "close"}\n',
        '```json\n{"reason": "close", "score": 4}\n```',
        '```\n{"reason": "close", "score": 4}```',
        '{"reason": "close", "score": 4.0}',
        '{"reason": "close", "score": 4, "confidence": 0.3}',
    ],
)
def test_reads_a_verdict_that_stands_alone(text: str) -> None:
    assert read(text) == Verdict(4, "close")


def test_reads_structured_data_of_a_judge_that_is_no_chat_model() -> None:
    assert read(None, data={"reason": "close", "score": 4}) == Verdict(4, "close")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.EMPTY),
        ("  \n", Why.EMPTY),
        ("Score: 4", Why.NOT_JSON),
        ('{"reason": "half', Why.NOT_JSON),
        ("4", Why.NOT_AN_OBJECT),
        ('["close", 4]', Why.NOT_AN_OBJECT),
        ('{"reason": "close"}', Why.MISSING_FIELD),
        ('{"score": 4}', Why.MISSING_FIELD),
        ('{"reason": "x", "score": 0}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": 6}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": 4.5}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": "4"}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": true}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": null}', Why.OUT_OF_RANGE),
        ('{"reason": "x", "score": NaN}', Why.NOT_JSON),
        ('{"reason": "x", "score": 1, "score": 5}', Why.NOT_JSON),
        ('Here it is: {"reason": "x", "score": 4}', Why.EXTRA_TEXT),
        ('{"reason": "x", "score": 1} {"reason": "x", "score": 5}', Why.EXTRA_TEXT),
        ('{"reason": "x", "score": 4}\nI hope this helps.', Why.EXTRA_TEXT),
        ("I'm sorry, but I can't help with that.", Why.REFUSED),
        ("As an AI language model, I do not grade.", Why.REFUSED),
        ("{" * 5000, Why.NOT_JSON),
        ('{"reason": "' + "x" * 30_000 + '", "score": 4}', Why.NOT_JSON),
    ],
)
def test_says_why_a_reply_is_no_verdict(text: str, why: Why) -> None:
    found = read(text)
    assert isinstance(found, Unreadable), found
    assert found.why is why, found
    assert str(found).isprintable()


def test_a_reply_that_was_cut_off_is_none_even_where_it_reads_well() -> None:
    found = read('{"reason": "close", "score": 4}', finish_reason="length")
    assert found == Unreadable(Why.TRUNCATED)


def test_a_failed_call_and_a_filtered_reply_are_none() -> None:
    failed = read(None, failure=Failure(FailureKind.NETWORK, "no route"))
    assert failed == Unreadable(Why.FAILED, "network: no route")
    filtered = read("x", finish_reason="content_filter")
    assert isinstance(filtered, Unreadable)
    assert filtered.why is Why.REFUSED


def test_reads_preferences() -> None:
    assert read_preference(Output(text='{"reason": "clearer", "better": "B"}')) == Preference(Choice.B, "clearer")
    for text in ('{"reason": "x", "better": "a"}', '{"reason": "x", "better": "both"}', '{"reason": "x", "better": ["A"]}'):
        found = read_preference(Output(text=text))
        assert isinstance(found, Unreadable)
        assert found.why is Why.OUT_OF_RANGE


def test_the_schema_asks_for_the_reason_before_the_score_and_for_nothing_else() -> None:
    schema = verdict_schema(5)
    assert list(schema["properties"]) == ["reason", "score"]
    assert schema["properties"]["score"]["enum"] == [1, 2, 3, 4, 5]
    assert schema["additionalProperties"] is False
