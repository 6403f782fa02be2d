"""`goldfinch.assert_scores`: the scorers of an evaluation as an assertion of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from goldfinch.adapters.agents.outputs import OutputInvalid, read_output
from goldfinch.bootstrap.scorers import default_metrics, given_metrics
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import UsageError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.results.report import answer_excerpt
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric, Scorer
from goldfinch.settings import ScorerSettings

_SHOWN_CHARACTERS = 400


def assert_scores(
    output: Any, case: Case | Mapping[str, Any] | str, *scorers: str | Mapping[str, Any] | ScorerSettings | Scorer | Metric
) -> ScoreRecord:
    """Fail the test unless every scorer applies to `output` and passes; give the scores otherwise.

    `output` is an `Output` or what an agent may return. `case` is a `Case`, a mapping as in a dataset (its `id` may be left out), or the
    text that must be the answer. Scorers are named as in goldfinch.yaml: names, mappings with `kind` and options, or objects; without
    any, the default scorers that apply. A scorer that crashes or does not apply is no evidence, so it fails the test as well.

    Raises `AssertionError` with one line per scorer, `UsageError` and `ConfigurationError` for what cannot be scored.
    """
    __tracebackhide__ = True
    metrics = given_metrics(scorers) if scorers else default_metrics()
    answer = _answer(output)
    record = OutputRecord("case", "", 0, "", answer)
    scored = grade(metrics, _case(case), record)
    if scored.passed and (not scorers or all(score.status is ScoreStatus.SCORED for score in scored.scores)):
        return scored
    redact = redactor_for()
    lines = [_line(score, metric) for score, metric in zip(scored.scores, metrics, strict=True) if scorers or _says_something(score)]
    shown = [for_terminal_line(redact.line(line, _SHOWN_CHARACTERS)) for line in lines or ["no scorer applies to this case"]]
    said = for_terminal_line(redact.line(answer_excerpt(answer), _SHOWN_CHARACTERS))
    raise AssertionError("\n".join(["the answer does not pass", *(f"  {line}" for line in shown), f"  answer: {said}"]))


def _case(case: Case | Mapping[str, Any] | str) -> Case:
    if isinstance(case, Case):
        return case
    written: dict[str, Any] = {"expected": {"answer": case}} if isinstance(case, str) else dict(case)
    if isinstance(written.get("expected"), str):
        written["expected"] = {"answer": written["expected"]}
    written = {"id": "case", "input": "", **written}
    if problems := problems_of(written):  # a misspelt key must not lead to a case that asks for less
        raise UsageError(f"no case: {problems[0].what}", where="assert_scores", hint=problems[0].hint, code="E2027")
    try:
        return msgspec.convert(written, Case)
    except msgspec.ValidationError as error:
        raise UsageError(f"no case: {error}", where="assert_scores", hint="write it as in a dataset", code="E2027") from None


def _answer(output: Any) -> Any:
    try:
        return read_output(output)
    except OutputInvalid as error:
        raise UsageError(f"no answer: {error}", where="assert_scores", code="E2027") from None


def _says_something(score: MetricScore) -> bool:
    return score.status is not ScoreStatus.NOT_APPLICABLE


def _line(score: MetricScore, metric: Metric) -> str:
    """`contains 0.00, needs 1.00: the answer does not contain …`."""
    if score.status is ScoreStatus.SCORED:
        needs = "decides nothing" if metric.pass_mark is None else f"needs {metric.pass_mark:.2f}"
        mark = {True: "passed", False: "failed", None: "reported"}[score.passed]
        return f"{mark}: {score.metric} {score.value:.2f}, {needs}{': ' + score.reason if score.reason else ''}"
    what = {
        ScoreStatus.NOT_APPLICABLE: "does not apply to this case",
        ScoreStatus.ERROR: "crashed",
        ScoreStatus.MISSING: "had nothing to score",
    }
    return f"no evidence: {score.metric} {what[score.status]}{': ' + score.reason if score.reason else ''}"
