"""What a run has stored, as streams: for a report that shows every case in full and holds few of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldfinch.core.datasets.case import Expected, ToolExpectation
from goldfinch.core.results.records import OutputRecord, ScoreRecord

IsWanted = Callable[[str, str], bool]
"""Of a case's id and hash: whether it is to be given. Of an id whose hash is another, the case was edited since."""


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A golden case as far as a report shows it. `expected` has the parts that the dataset states, in its words."""

    case_id: str
    input: Any
    context: Any
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Each function begins a new stream, and can be called more than once. All of it is free of secrets."""

    trials_by_case: Callable[[], Iterator[Sequence[ScoreRecord]]]
    """The score records that count, those of a case together, by trial."""
    outputs: Callable[[], Iterator[OutputRecord]]
    """The answers that count."""
    cases: Callable[[IsWanted], Iterator[AskedCase]]
    """The wanted golden cases, as far as the dataset is still at hand."""


NO_EVIDENCE = Evidence(lambda: iter(()), lambda: iter(()), lambda _: iter(()))
"""Of a run whose records are not at hand."""


def stated(expected: Expected) -> dict[str, Any]:
    """The parts of an expectation that say something, as JSON values."""
    answers = expected.answer if isinstance(expected.answer, str | None) else list(expected.answer)
    parts = {
        "answer": answers,
        "must_include": list(expected.must_include) or None,
        "must_not_include": list(expected.must_not_include) or None,
        "numbers": [f"{number.label} {number.value:g}".strip() for number in expected.numbers] or None,
        "json": expected.json,
        "tools": None if expected.tools is None else list(map(_tool, expected.tools)),
        "tool_order": expected.tool_order if expected.tools else None,
        "rubric": expected.rubric,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _tool(tool: ToolExpectation) -> dict[str, Any]:
    return {"name": tool.name, "arguments": None if tool.arguments is None else dict(tool.arguments)}
