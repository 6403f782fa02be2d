from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import nan
from pathlib import Path

import jsonschema
import pytest

from goldfinch.core.results.summary import Estimate
from goldfinch.operations.report import RunRecords, summarise
from goldfinch.testing.run_journal import InMemoryRun

Render = Callable[..., str]
SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "schemas" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["finished_run", "incomplete_run", "empty_run", "repeated_run"])
def test_every_report_is_valid_by_the_published_schema(render: Render, name: str, request: pytest.FixtureRequest) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render(request.getfixturevalue(name), "json")))


def test_the_schema_is_itself_valid_and_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "report"}, SCHEMA)


def test_programs_find_the_headline_the_counts_and_the_failures(render: Render, finished_run: InMemoryRun) -> None:
    report = json.loads(render(finished_run, "json"))
    assert report["headline"] == "2 of 4 cases passed (50.0 %, 95 % CI 15.0–85.0)"
    assert report["case_counts"] == {"failed": 2, "error": 0, "undecided": 0, "passed": 2}
    first = report["cases"][0]
    assert (first["case_id"], first["outcome"], first["answer"]) == ("refund-2", "failed", "We do not do that.\nSorry.")
    assert report["summary"]["cost"] == {"total_usd": 0.09, "known": 3, "unknown": 1, "mean_usd": 0.03, "lost_usd": 0.0}


def test_an_incomplete_run_is_marked(render: Render, incomplete_run: InMemoryRun) -> None:
    report = json.loads(render(incomplete_run, "json"))
    assert (report["incomplete"], report["incomplete_reason"]) == (True, "provider 429")


def test_a_figure_that_is_no_number_is_null(render: Render, finished_run: InMemoryRun) -> None:
    summary = summarise(RunRecords(finished_run), finished_run.manifest())
    broken = replace(summary.metrics[0], estimate=Estimate(nan, 4, nan, nan))
    finished_run.write_summary(replace(summary, metrics=(broken, *summary.metrics[1:])))
    text = render(finished_run, "json")
    assert "NaN" not in text
    assert json.loads(text)["summary"]["metrics"][0]["estimate"] == {"mean": None, "count": 4, "low": None, "high": None}
