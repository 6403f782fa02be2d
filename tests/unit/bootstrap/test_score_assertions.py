"""Scorers as an assertion: passes only on evidence, and a failure reads well and is safe to print."""

from __future__ import annotations

from typing import Any

import pytest

import goldfinch
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import GoldfinchError, UsageError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.scoring.score import Score
from goldfinch.testing.hostile_text import HOSTILE_TEXTS

RETURNS = {"expected": {"must_include": ["30 days"], "answer": "You have 30 days."}}


def failed(output: Any, case: Any, *scorers: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        goldfinch.assert_scores(output, case, *scorers)
    return str(caught.value)


@pytest.mark.parametrize(
    ("output", "case", "scorers"),
    [
        ("You have 30 days.", RETURNS, ["must_include", "exact"]),
        (Output(text="You have 30 days."), Case("a", "x", expected=Expected(answer="You have 30 days.")), ["exact"]),
        ({"text": "30 days"}, RETURNS, ["must_include"]),
        ("30 days", "30 days", ["exact"]),
        ("30 days", {"expected": "30 days"}, [{"kind": "token_f1", "pass_mark": 0.9}]),
        ("30 days", RETURNS, ()),
    ],
)
def test_passes_where_every_scorer_says_so(output: Any, case: Any, scorers: Any) -> None:
    if not scorers:
        case = {"expected": {"must_include": ["30 days"]}}
    scored = goldfinch.assert_scores(output, case, *scorers)
    assert scored.passed


def test_a_failure_names_scorer_score_mark_reason_and_answer() -> None:
    shown = failed("You have 31 days.", RETURNS, "must_include", "exact")
    assert "failed: must_include 0.00, needs 1.00: 0 of 1 phrases present; missing '30 days'" in shown
    assert "failed: exact 0.00" in shown
    assert "answer: You have 31 days." in shown


def test_a_scorer_that_does_not_apply_is_no_evidence() -> None:
    assert "no evidence: numeric does not apply to this case" in failed("30 days", RETURNS, "must_include", "numeric")
    assert "no scorer applies" in failed("30 days", {"id": "a"})


def test_a_metric_that_decides_nothing_neither_passes_nor_fails() -> None:
    case = {"input": "How long can I return it?", "expected": {"answer": "within 14 days"}}
    shown = failed("You can return it within 31 days.", case, "five")
    assert "reported: relevance 0.88, decides nothing" in shown
    assert "failed: accuracy 0.00, needs 0.75" in shown
    assert goldfinch.assert_scores("You can return it within 14 days.", case, "five").passed


def test_a_misspelt_key_of_a_case_is_told_with_the_key_that_was_meant() -> None:
    with pytest.raises(UsageError, match=r"`expected.must_includ` is not a known key; did you mean `must_include`\?"):
        goldfinch.assert_scores("x", {"expected": {"answer": "x", "must_includ": ["y"]}}, "exact")


def test_a_scorer_that_crashes_is_no_evidence() -> None:
    class Crashing:
        name, version = "crashing", "1"

        def score(self, case: Case, output: Output) -> Score | None:
            raise RuntimeError("no idea")

    assert "no evidence: crashing crashed" in failed("30 days", RETURNS, Crashing())


def test_an_answer_that_is_missing_or_failed_does_not_pass() -> None:
    assert "no evidence: must_include had nothing to score" in failed(
        Output(failure=Failure(FailureKind.NETWORK, "gone")), RETURNS, "must_include"
    )
    assert "agent failed" in failed(Output(failure=Failure(FailureKind.EXCEPTION, "broke")), RETURNS, "must_include")


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=list(HOSTILE_TEXTS))
def test_a_failure_is_safe_to_print_whatever_the_answer_holds(text: str) -> None:
    shown = failed(text, {"expected": {"must_include": ["never there 4711"]}}, "must_include")
    assert all(line.isprintable() for line in shown.split("\n"))
    assert len(shown.split("\n")) == 3


def test_a_secret_of_the_environment_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", "correct-horse-battery-9911")
    assert "battery" not in failed("the key is correct-horse-battery-9911", RETURNS, "must_include")


@pytest.mark.parametrize(
    ("output", "case", "scorers", "code"),
    [
        (5, RETURNS, ["exact"], "E2027"),
        ("x", {"expected": {"nonsense": 1}, "input": 5, "trials": "many"}, ["exact"], "E2027"),
        ("x", {"expectd": {"answer": "x"}}, ["exact"], "E2027"),
        ("x", {"expected": {"answer": "x", "must_includ": ["y"]}}, ["exact"], "E2027"),
        ("x", RETURNS, [5], "E1708"),
        ("x", RETURNS, [{"name": "x"}], "E1703"),
        ("x", RETURNS, ["no_such_scorer"], "E1701"),
    ],
)
def test_what_cannot_be_scored_is_one_clear_line(output: Any, case: Any, scorers: Any, code: str) -> None:
    with pytest.raises(GoldfinchError) as caught:
        goldfinch.assert_scores(output, case, *scorers)
    assert caught.value.code == code
    assert len(str(caught.value).splitlines()) == 1
    assert isinstance(caught.value, GoldfinchError | UsageError)
