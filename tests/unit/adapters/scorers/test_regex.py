"""The regex scorer: matching, its timeout, its errors."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from goldfinch.adapters.scorers.regex import PatternTimedOut, Regex
from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.results.records import ScoreStatus
from goldfinch.core.scoring.grading import grade_one
from goldfinch.core.scoring.score import Metric

CASE = Case("c", "q")


@pytest.mark.parametrize(
    ("options", "text", "value"),
    [
        ({"pattern": r"order #\d+"}, "your order #123 is", 1.0),
        ({"pattern": r"order #\d+"}, "your order is", 0.0),
        ({"pattern": r"\d+", "whole": True}, "12 apples", 0.0),
        ({"pattern": r"\d+", "whole": True}, "12", 1.0),
        ({"pattern": "sorry", "negate": True}, "sorry", 0.0),
        ({"pattern": "sorry", "negate": True}, "done", 1.0),
        ({"pattern": "SORRY", "ignore_case": True}, "sorry", 1.0),
        ({"pattern": "^b$", "multiline": True}, "a\nb", 1.0),
        ({"pattern": "a.b", "dot_matches_newline": True}, "a\nb", 1.0),
        ({"pattern": "^$"}, "", 1.0),
    ],
)
def test_matches_as_configured(options: dict[str, Any], text: str, value: float) -> None:
    score = Regex(**options).score(CASE, Output(text=text))
    assert score is not None
    assert score.value == value


CATASTROPHIC = Regex(pattern=r"^(a|a)*(a|aa)*$", timeout_s=0.05)
HOSTILE = Output(text="a" * 60 + "!")


def test_a_catastrophic_pattern_ends_at_its_timeout_and_is_an_error_of_the_scorer() -> None:
    with pytest.raises(PatternTimedOut, match=r"longer than 0.05 s on an answer of 61 characters"):
        CATASTROPHIC.score(CASE, HOSTILE)
    score = grade_one(Metric(CATASTROPHIC), CASE, HOSTILE)
    assert (score.status, score.value, score.passed) == (ScoreStatus.ERROR, None, None)


@pytest.mark.parametrize("options", [{"pattern": "("}, {"pattern": "a", "timeout_s": 0}, {"pattern": "a", "timeout_s": float("nan")}])
def test_refuses_a_pattern_or_timeout_that_cannot_work(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"pattern|timeout_s"):
        Regex(**options)


def test_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(CATASTROPHIC)) == CATASTROPHIC
