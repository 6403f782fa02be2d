"""Judges answers to golden cases as the agent's own evaluation does: the five metrics with their marks, and what a case states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from goldfinch import Case, CaseBudget, Expected, NumberExpectation, Output, Step, ToolCall, ToolExpectation
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.datasets.case import CaseSafety
from goldfinch.core.scoring.judgement import reaches

GOLDEN = Path(__file__).parents[2] / "evaluation" / "datasets" / "golden"
MARKS: tuple[str | Mapping[str, Any], ...] = (
    "answered",
    {"kind": "relevance", "pass_mark": 0.5},
    "accuracy",
    {"kind": "completeness", "pass_mark": 0.8},
    "coherence",
    "safety",
    "numeric",
    "must_include",
    "must_not_include",
    {"kind": "tool_trajectory", "arguments": "subset"},
)
METRICS = build_metrics(MARKS)


def case_of(written: Mapping[str, Any]) -> Case:
    """A case as Goldfinch would read it from the file."""
    expected, safety = written["expected"], written.get("safety")
    tools = expected.get("tools")
    return Case(
        id=written["id"],
        input=written["input"],
        context=written["context"],
        expected=Expected(
            answer=tuple(expected["answer"]) if "answer" in expected else None,
            must_include=tuple(expected.get("must_include", ())),
            must_not_include=tuple(expected.get("must_not_include", ())),
            numbers=tuple(NumberExpectation(**number) for number in expected.get("numbers", ())),
            tools=None if tools is None else tuple(ToolExpectation(tool["name"]) for tool in tools),
            tool_order=expected.get("tool_order", "in_order"),
        ),
        tags=tuple(written["tags"]),
        critical=written.get("critical", False),
        budget=CaseBudget(),
        safety=CaseSafety(**{key: tuple(value) for key, value in safety.items()}) if safety else None,
    )


def failures(written: Mapping[str, Any], answer: str) -> dict[str, str]:
    """The metrics that `answer` does not pass, with their reasons; the tools are called as expected."""
    case = case_of(written)
    calls = tuple(ToolCall(tool.name, {}) for tool in case.expected.tools or ())
    output = Output(text=answer, trajectory=(Step("assistant", tool_calls=calls),) if calls else ())
    found = {}
    for metric in METRICS:
        score = metric.scorer.score(case, output)
        if score is not None and metric.pass_mark is not None and not reaches(score.value, metric.pass_mark):
            found[metric.name] = f"{score.value:.2f} {score.reason}"
    return found


def flat(families: Mapping[str, Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [case for cases in families.values() for case in cases]
