"""`report.json`: everything that a report holds, for programs. Its schema is `docs/schemas/report.schema.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, TextIO

from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.results.case_result import CaseOutcome
from goldfinch.core.results.manifest import SCHEMA_VERSION
from goldfinch.core.results.report import CaseDetail, Report
from goldfinch.core.results.wording import headline
from goldfinch.ports.reporter import EveryCase


@dataclass(frozen=True, slots=True)
class JsonReporter:
    """ASCII only, so that no control character, surrogate or markup of the data reaches a terminal or a page that embeds it."""

    file_name: str = "report.json"

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:  # noqa: ARG002 - the port's signature
        document = _finite(_document(report))
        out.write(for_json_in_html(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False, default=repr)))
        out.write("\n")


def _document(report: Report) -> dict[str, Any]:
    summary = asdict(report.summary)
    del summary["state"]  # for merging shards, found in summary.json
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "report",
        "headline": headline(report),
        "replayed": report.is_replayed,
        "incomplete": report.is_incomplete,
        "incomplete_reason": report.incomplete_reason,
        "location": report.location,
        "run": asdict(report.manifest),
        "summary": summary,
        "case_counts": {outcome.value: report.outcomes.get(outcome, 0) for outcome in CaseOutcome},
        "cases": [_case(detail) for detail in report.details],
        "cases_not_shown": report.more,
        "corrected": [asdict(corrected) for corrected in report.corrected],
    }


def _case(detail: CaseDetail) -> dict[str, Any]:
    result = detail.result
    return {
        **asdict(result),
        "outcome": result.outcome.value,
        "passed_trials": result.passed_trials,
        "shown_trial": detail.trial,
        "input": detail.input,
        "expected": detail.expected,
        "answer": detail.answer,
    }


def _finite(value: Any) -> Any:
    """`value` with null in place of what JSON has no number for, and text as the keys of objects."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
