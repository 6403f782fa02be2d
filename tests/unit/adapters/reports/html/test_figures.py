from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.adapters.reports.html.figures import metric_badges, remarks
from goldfinch.core.results.summary import Estimate, MetricSummary
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.testing.run_journal import InMemoryRun

METRIC = MetricSummary("relevance", "1", 1.0, Estimate(0.9, 60, 0.8, 1.0), 60, 0, 0, 0)
SILENT = replace(METRIC, pass_mark=None)


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        (METRIC, ["decides at 1"]),
        (SILENT, ["reported"]),
        (replace(SILENT, advisory=True), ["advisory"]),
        (replace(SILENT, is_heuristic=True), ["heuristic", "reported"]),
        (replace(METRIC, is_heuristic=True, pass_mark=0.75), ["heuristic", "decides at 0.75"]),
    ],
)
def test_a_metric_says_what_its_figures_are_worth(metric: MetricSummary, labels: list[str]) -> None:
    assert [badge.text for badge in metric_badges(metric)] == labels


def test_unsafe_cases_are_named_under_the_verdict(finished_run: InMemoryRun) -> None:
    report = build_report(finished_run, RunRecords(finished_run))
    assert list(remarks(report)) == []
    unsafe = replace(METRIC, name="safety", failed_cases=1, failed_case_ids=("leak-7",))
    report = replace(report, summary=replace(report.summary, metrics=(unsafe,)))
    assert list(remarks(report)) == ["safety: 1 unsafe case (leak-7) of 60"]


def test_a_replay_says_what_its_figures_are(finished_run: InMemoryRun) -> None:
    report = build_report(finished_run, RunRecords(finished_run))
    replayed = replace(report, manifest=replace(report.manifest, replayed_from="cassettes/main"))
    (said,) = remarks(replayed)
    assert "nothing was paid now" in said
