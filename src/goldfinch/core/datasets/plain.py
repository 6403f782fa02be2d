"""A case as plain mappings, sequences and scalars: what is hashed, shown and written. Parts that have their default are left out."""

from __future__ import annotations

from typing import Any

from goldfinch.core.datasets.case import Case, CaseBudget, CaseSafety, Expected, NumberExpectation, ToolExpectation


def to_plain(case: Case) -> dict[str, Any]:
    """The whole case, JSON-compatible; reading it again gives an equal case."""
    plain = {"id": case.id, **content_of(case)}
    if case.tags:
        plain["tags"] = case.tags
    if case.trials is not None:
        plain["trials"] = case.trials
    if case.metadata:
        plain["metadata"] = dict(case.metadata)
    return plain


def content_of(case: Case) -> dict[str, Any]:
    """The parts that influence the answer or its judgement: not id, tags, metadata and trials.

    Defaults are left out, so that a key added to the format later changes no existing hash.
    """
    content: dict[str, Any] = {"input": case.input}
    if case.context is not None:
        content["context"] = case.context
    if expected := _expected(case.expected):
        content["expected"] = expected
    if case.weight != 1.0:
        content["weight"] = _number(case.weight)
    if case.critical:
        content["critical"] = True
    if case.budget is not None and (budget := _budget(case.budget)):
        content["budget"] = budget
    if case.safety is not None and (safety := _safety(case.safety)):
        content["safety"] = safety
    return content


def _expected(expected: Expected) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if expected.answer is not None:
        plain["answer"] = expected.answer
    if expected.must_include:
        plain["must_include"] = expected.must_include
    if expected.must_not_include:
        plain["must_not_include"] = expected.must_not_include
    if expected.numbers:
        plain["numbers"] = [_number_expectation(number) for number in expected.numbers]
    if expected.json is not None:
        plain["json"] = expected.json
    if expected.tools is not None:
        plain["tools"] = [_tool_expectation(tool) for tool in expected.tools]
    if expected.tool_order != "in_order":
        plain["tool_order"] = expected.tool_order
    if expected.rubric is not None:
        plain["rubric"] = expected.rubric
    return plain


def _number_expectation(number: NumberExpectation) -> dict[str, Any]:
    plain: dict[str, Any] = {"value": _number(number.value)}
    if number.tolerance:
        plain["tolerance"] = _number(number.tolerance)
    if number.relative:
        plain["relative"] = _number(number.relative)
    if number.label:
        plain["label"] = number.label
    return plain


def _tool_expectation(tool: ToolExpectation) -> dict[str, Any]:
    return {"name": tool.name} if tool.arguments is None else {"name": tool.name, "arguments": dict(tool.arguments)}


def _budget(budget: CaseBudget) -> dict[str, Any]:
    parts = {"cost_usd": budget.cost_usd, "tokens": budget.tokens, "steps": budget.steps, "latency_ms": budget.latency_ms}
    return {name: _number(value) for name, value in parts.items() if value is not None}


def _safety(safety: CaseSafety) -> dict[str, Any]:
    parts = {
        "canaries": safety.canaries,
        "protected": safety.protected,
        "forbidden_tools": safety.forbidden_tools,
        "forbidden_topics": safety.forbidden_topics,
    }
    return {name: texts for name, texts in parts.items() if texts}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
