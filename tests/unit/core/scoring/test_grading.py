"""From scores to a verdict: missing evidence is never a pass, and no scorer can break a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import AGENT_FAILURES, Failure, FailureKind, Output, Step, Usage
from goldfinch.core.results.records import OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.grading import assemble, grade, grade_one
from goldfinch.core.scoring.loops import Loops
from goldfinch.core.scoring.reported import Reported
from goldfinch.core.scoring.score import CannotScore, Metric, Score

CASE = Case("c1", "q", expected=Expected(answer="yes"), weight=2.0, critical=True, tags=("t",))
EXACT = Metric(Exact())


@dataclass(frozen=True)
class Gives:
    """Returns what it is told to, or raises it."""

    what: Any
    name: str = "gives"
    version: str = "1"

    def score(self, case: Case, output: Output) -> Any:
        if isinstance(self.what, BaseException):
            raise self.what
        return self.what


def record(output: Output) -> OutputRecord:
    return OutputRecord("c1", "hash", 3, "2026-01-01T00:00:00Z", output, cached=True)


def graded(output: Output, *metrics: Metric) -> ScoreRecord:
    return grade(metrics, CASE, record(output))


def gives(what: Any, pass_mark: float | None = 1.0) -> Metric:
    return Metric(Gives(what), pass_mark)


def test_carries_what_a_summary_needs() -> None:
    output = Output(text="yes", usage=Usage(3, 4), cost_usd=0.5, latency_ms=7.0, first_token_ms=2.0, trajectory=(Step("assistant"),))
    got = graded(output, EXACT)
    assert (got.case_id, got.case_hash, got.trial, got.weight, got.critical, got.tags, got.cached) == (
        "c1",
        "hash",
        3,
        2.0,
        True,
        ("t",),
        True,
    )
    assert (got.cost_usd, got.latency_ms, got.first_token_ms, got.input_tokens, got.output_tokens, got.steps) == (0.5, 7.0, 2.0, 3, 4, 1)
    assert got.judge_cost_usd is None


def test_unknown_cost_and_usage_stay_unknown() -> None:
    got = graded(Output(text="yes"), EXACT)
    assert (got.cost_usd, got.input_tokens, got.output_tokens, got.latency_ms) == (None, None, None, None)


@pytest.mark.parametrize(("text", "passed"), [("yes", True), ("no", False)])
def test_a_deciding_metric_decides(text: str, passed: bool) -> None:
    got = graded(Output(text=text), EXACT)
    assert got.passed is passed
    assert got.scores[0].passed is passed


@pytest.mark.parametrize(
    ("metrics", "passed"),
    [
        ([gives(Score(1.0)), gives(Score(0.0))], False),
        ([gives(Score(1.0)), gives(CannotScore("no price"))], None),
        ([gives(Score(0.0)), gives(CannotScore("no price"))], False),
        ([gives(Score(1.0)), gives(KeyError("x"))], None),
        ([gives(Score(1.0)), gives(None)], True),
        ([gives(None)], None),
        ([], None),
        ([gives(Score(0.0), None), gives(Score(1.0))], True),
        ([gives(Score(1.0), None)], None),
        ([gives(CannotScore("x"), None), gives(Score(1.0))], True),
        ([gives(RuntimeError("x"), None), gives(Score(1.0))], True),
        ([gives(Score(0.7), 0.7)], True),
        ([gives(Score(0.1 + 0.2 + 0.4), 0.7)], True),
        ([gives(Score(0.69), 0.7)], False),
    ],
)
def test_the_verdict_follows_the_deciding_metrics(metrics: list[Metric], passed: bool | None) -> None:
    assert graded(Output(text="x"), *metrics).passed is passed


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - AGENT_FAILURES))
def test_a_missing_answer_leaves_every_metric_missing_and_nothing_decided(kind: FailureKind) -> None:
    got = graded(Output(text="yes", failure=Failure(kind, "gone")), EXACT, gives(Score(1.0)))
    assert got.passed is None
    assert [(s.status, s.value, s.passed) for s in got.scores] == [(ScoreStatus.MISSING, None, None)] * 2
    assert got.scores[0].reason == f"no answer: {kind}: gone"


@pytest.mark.parametrize("kind", sorted(AGENT_FAILURES))
def test_the_agents_own_failure_scores_zero_where_the_metric_applies(kind: FailureKind) -> None:
    output = Output(text="yes", failure=Failure(kind, "boom"))
    got = graded(output, EXACT, Metric(Loops()), Metric(Reported()), Metric(Exact(name="shown"), pass_mark=None))
    assert got.passed is False
    assert got.failure == output.failure
    assert [(s.status, s.value, s.passed) for s in got.scores] == [
        (ScoreStatus.SCORED, 0.0, False),
        (ScoreStatus.NOT_APPLICABLE, None, None),
        (ScoreStatus.SCORED, 0.0, False),
        (ScoreStatus.SCORED, 0.0, None),
    ]
    assert got.scores[0].reason == f"agent failed: {kind}: boom"


def test_a_crash_is_an_error_in_one_line_with_its_type() -> None:
    score = grade_one(gives(ValueError("first\nsecond\x1b[31m")), CASE, Output(text="x"))
    assert (score.status, score.value, score.passed) == (ScoreStatus.ERROR, None, None)
    assert score.reason == "ValueError: first second\\x1b[31m"


def test_a_lack_of_evidence_is_missing_with_its_reason() -> None:
    score = grade_one(gives(CannotScore("the cost is unknown")), CASE, Output(text="x"))
    assert (score.status, score.passed, score.reason) == (ScoreStatus.MISSING, None, "the cost is unknown")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1, "high", None])
def test_a_value_that_is_no_score_is_an_error(value: Any) -> None:
    assert grade_one(gives(Score(value)), CASE, Output(text="x")).status is ScoreStatus.ERROR


@pytest.mark.parametrize("returned", [1.0, True, "good", {"value": 1}])
def test_anything_but_a_score_is_an_error(returned: Any) -> None:
    score = grade_one(gives(returned), CASE, Output(text="x"))
    assert score.status is ScoreStatus.ERROR
    assert "a scorer returns a Score or None" in score.reason


def test_ctrl_c_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        grade_one(gives(KeyboardInterrupt()), CASE, Output(text="x"))


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


BAD_REASON = Score(1.0, 5)  # type: ignore[arg-type]
BAD_EVIDENCE = Score(1.0, "", 7)  # type: ignore[arg-type]
ANYTHING = st.one_of(
    st.none(),
    st.builds(
        Score, st.floats() | st.integers() | st.text(), st.text(), st.dictionaries(st.text(), st.binary() | st.floats() | st.integers())
    ),
    st.sampled_from([Unspeakable(), SystemExit(3), RecursionError("deep"), CannotScore("\ud800"), object(), BAD_REASON, BAD_EVIDENCE]),
)
OUTPUTS = st.builds(Output, text=st.none() | st.text(), failure=st.none() | st.builds(Failure, st.sampled_from(FailureKind), st.text()))


@given(st.lists(ANYTHING, max_size=3), OUTPUTS)
def test_grading_never_raises_and_every_record_can_be_written(things: list[Any], output: Output) -> None:
    metrics = [Metric(Gives(thing, name=f"m{i}")) for i, thing in enumerate(things)]
    got = grade(metrics, CASE, record(output))
    msgspec.json.encode(got.scores)
    for score in got.scores:
        assert (score.value is not None) == (score.status is ScoreStatus.SCORED)
        assert score.value is None or 0.0 <= score.value <= 1.0
        assert score.reason.isprintable()
    if got.passed:
        assert output.failure is None
        assert all(score.status in (ScoreStatus.SCORED, ScoreStatus.NOT_APPLICABLE) for score in got.scores)


def test_scores_made_apart_assemble_to_the_same_record() -> None:
    metrics = (EXACT, Metric(Reported(), pass_mark=None))
    one = record(Output(text="yes"))
    assert assemble(metrics, CASE, one, tuple(grade_one(m, CASE, one.output) for m in metrics)) == grade(metrics, CASE, one)
