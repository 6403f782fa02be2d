"""Scorers that compare text: each passes, fails and does not apply."""

from __future__ import annotations

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.core.scoring.answered import Answered
from goldfinch.core.scoring.contains import Contains
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.must_include import MustInclude
from goldfinch.core.scoring.must_not_include import MustNotInclude
from goldfinch.core.scoring.score import Score, Scorer
from goldfinch.core.scoring.token_f1 import TokenF1


def case(**expected: object) -> Case:
    return Case("c1", "question", expected=Expected(**expected))  # type: ignore[arg-type]


def value(scorer: Scorer, expected: dict[str, object], text: str | None, data: object = None) -> float | None:
    score = scorer.score(case(**expected), Output(text=text, data=data))
    return None if score is None else score.value


@pytest.mark.parametrize("scorer", [Exact(), Contains(), TokenF1(), MustInclude(), MustNotInclude(), Answered()])
def test_does_not_apply_where_the_case_states_nothing(scorer: Scorer) -> None:
    assert scorer.score(case(), Output(text="anything")) is None


@pytest.mark.parametrize(
    ("options", "answer", "text", "expected"),
    [
        ({}, "Paris", "Paris", 1.0),
        ({}, ("Paris", "paris, France"), "paris, France", 1.0),
        ({}, "Paris", " Paris\n", 1.0),
        ({"collapse_whitespace": False}, "Paris", " Paris\n", 0.0),
        ({}, "Paris", "paris", 0.0),
        ({"ignore_case": True}, "STRASSE", "straße", 1.0),
        ({}, "fine", "\ufb01ne", 1.0),
        ({"normalise_unicode": False}, "fine", "\ufb01ne", 0.0),
        ({"ignore_punctuation": True}, "yes", "yes!", 1.0),
        ({}, "yes", "yes!", 0.0),
        ({}, "Paris", "", 0.0),
    ],
)
def test_exact_compares_the_whole_answer(options: dict[str, bool], answer: object, text: str, expected: float) -> None:
    assert value(Exact(**options), {"answer": answer}, text) == expected  # type: ignore[arg-type]


def test_exact_reads_a_structured_answer_where_there_is_no_text() -> None:
    assert value(Exact(), {"answer": "42"}, None, 42) == 1.0


def test_exact_says_what_was_expected_and_given_on_one_line() -> None:
    score = Exact().score(case(answer="yes"), Output(text="no\n\x1b[31m"))
    assert score == Score(0.0, "expected 'yes', got 'no\\n\\x1b[31m'")


@pytest.mark.parametrize(
    ("options", "answer", "text", "expected"),
    [
        ({}, "Paris", "It is paris.", 1.0),
        ({}, ("Rome", "Paris"), "Paris it is", 1.0),
        ({}, "12", "3128", 0.0),
        ({"whole_words": False}, "12", "3128", 1.0),
        ({}, "12", "128 or 12", 1.0),
        ({}, "$5", "costs$5 now", 1.0),
        ({}, "Paris", "London", 0.0),
        ({}, "", "London", 0.0),
    ],
)
def test_contains_looks_for_an_accepted_answer(options: dict[str, bool], answer: object, text: str, expected: float) -> None:
    assert value(Contains(**options), {"answer": answer}, text) == expected  # type: ignore[arg-type]


def test_must_include_gives_the_share_and_names_what_is_missing() -> None:
    score = MustInclude().score(case(must_include=("refund", "14 days", "receipt", "e-mail")), Output(text="Refund within 14\u00a0days."))
    assert score is not None
    assert score.value == 0.5
    assert score.evidence == {"missing": ["receipt", "e-mail"]}
    assert "receipt" in score.reason


def test_must_include_can_ask_for_whole_words() -> None:
    assert value(MustInclude(), {"must_include": ("art",)}, "a party") == 1.0
    assert value(MustInclude(whole_words=True), {"must_include": ("art",)}, "a party") == 0.0


def test_must_not_include_fails_on_a_single_phrase() -> None:
    phrases: dict[str, object] = {"must_not_include": ("password", "secret")}
    assert value(MustNotInclude(), phrases, "the PASSWORD is") == 0.0
    assert value(MustNotInclude(), phrases, "nothing here") == 1.0


@pytest.mark.parametrize("text", ["pass\u200bword", "ｐａｓｓｗｏｒｄ", "pass\u00adword", "\u202epassword"])
def test_must_not_include_sees_through_invisible_characters(text: str) -> None:
    assert value(MustNotInclude(), {"must_not_include": ("password",)}, text) == 0.0


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("the cat sat", "A cat sat!", 1.0),
        ("was processed", "was not processed", 0.8),
        (("dog", "cat"), "cat", 1.0),
        ("cat", "dog", 0.0),
        ("the", "a", 1.0),
        ("cat", "", 0.0),
    ],
)
def test_token_f1_follows_the_squad_script(answer: object, text: str, expected: float) -> None:
    assert value(TokenF1(), {"answer": answer}, text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "data", "expected"), [("x", None, 1.0), (" \n\u200b", None, 0.0), (None, {"a": 1}, 1.0), (None, None, 0.0)]
)
def test_answered_wants_something_visible(text: str | None, data: object, expected: float) -> None:
    assert value(Answered(), {"answer": "x"}, text, data) == expected


def test_answered_leaves_cases_that_only_expect_tools_alone_unless_told() -> None:
    tools_only = case(tools=())
    assert Answered().score(tools_only, Output()) is None
    assert Answered(every_case=True).score(tools_only, Output()) == Score(0.0, "the answer is empty")
