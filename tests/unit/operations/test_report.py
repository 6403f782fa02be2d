from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from goldfinch.core.datasets.case import Case, Expected, ToolExpectation
from goldfinch.core.errors import DatasetError, Problem, RunDirectoryError
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.case_result import CaseOutcome
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.report import Report
from goldfinch.core.results.wording import headline
from goldfinch.operations.report import RunRecords, build_report, summarise
from goldfinch.ports.dataset import Dataset, DatasetInfo
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

RATE_LIMITED = Failure(FailureKind.RATE_LIMITED, "429 from the provider", 429)


class ListedCases:
    """A dataset of a few cases; counts how many were read."""

    def __init__(self, *cases: Case, broken: bool = False) -> None:
        self.listed, self.broken, self.read = cases, broken, 0

    def check(self) -> DatasetInfo:
        return DatasetInfo("golden", "9f2e", len(self.listed), ("golden",))

    def cases(self) -> Iterator[tuple[Case, str]]:
        if self.broken:
            raise DatasetError((Problem("not UTF-8", "golden/a.jsonl:1"),))
        for case in self.listed:
            self.read += 1
            yield case, f"hash-of-{case.id}"


def report_of(run: InMemoryRun, *, dataset: Dataset | None = None, shown_cases: int = 50) -> Report:
    return build_report(run, RunRecords(run), dataset=dataset, shown_cases=shown_cases)


def finished_run(**changes: object) -> InMemoryRun:
    run = InMemoryRun(sample_manifest(cases=3))
    run.score_lines = [sample_record("a"), sample_record("b", 0.2), sample_record("c")]
    run.output_lines = [sample_output("a", "yes"), sample_output("b", "no"), sample_output("c", "yes")]
    return run


def test_a_complete_run_without_a_summary_is_summarised_from_its_records() -> None:
    report = report_of(finished_run())
    assert headline(report) == "2 of 3 cases passed (66.7 %, 95 % CI 20.8–93.9)"
    assert (report.is_incomplete, report.summary.planned, report.summary.finished) == (False, 3, 3)


def test_the_stored_summary_is_used_where_it_is_that_of_the_run_as_it_ended() -> None:
    run = finished_run()
    stored = replace(summarise(RunRecords(run), run.manifest()), wall_s=12.5)
    run.write_summary(stored)
    assert report_of(run).summary is stored


@pytest.mark.parametrize("change", [{"run_id": "another"}, {"status": RunStatus.INCOMPLETE}])
def test_a_stale_summary_is_not_believed(change: dict[str, object]) -> None:
    run = finished_run()
    run.write_summary(replace(summarise(RunRecords(run), run.manifest()), **change, finished=0))  # type: ignore[arg-type]
    assert report_of(run).summary.finished == 3


def test_a_killed_run_is_incomplete_and_says_so() -> None:
    run = InMemoryRun(sample_manifest(RunStatus.RUNNING, cases=60))
    run.score_lines = [sample_record(f"case-{number}") for number in range(37)]
    expected = (
        "incomplete: 37/60 cases, the run is still going on, or was killed — so far 37 of 37 cases passed (100.0 %, 95 % CI 90.6–100.0)"
    )
    assert headline(report_of(run)) == expected


def test_missing_answers_make_even_a_finished_run_incomplete() -> None:
    run = InMemoryRun(sample_manifest(cases=2))
    run.score_lines = [sample_record("a"), sample_record("b", failure=RATE_LIMITED)]
    report = report_of(run)
    assert report.incomplete_reason == "answers are missing (rate_limited 1)"
    assert headline(report).startswith("incomplete: 1/2 cases, answers are missing")


def test_a_run_without_any_record_has_a_report() -> None:
    report = report_of(InMemoryRun(sample_manifest(RunStatus.INCOMPLETE, reason="interrupted", cases=5)))
    assert headline(report) == "incomplete: 0/5 cases, interrupted — so far no case was decided"
    assert (report.details, report.more, report.summary.metrics[0].estimate.mean) == ((), 0, None)


def test_only_the_last_record_of_an_answer_counts() -> None:
    run = InMemoryRun(sample_manifest(cases=1))
    run.score_lines = [sample_record("a", failure=RATE_LIMITED), sample_record("a", 1.0)]
    report = report_of(run)
    assert report.outcomes == {CaseOutcome.PASSED: 1}
    assert (report.summary.passes.passed, report.summary.passes.undecided, report.is_incomplete) == (1, 0, False)


def test_records_written_while_the_report_is_made_change_nothing() -> None:
    run = finished_run()
    records = RunRecords(run)
    run.append_scores(sample_record("d"))
    run.append_scores(sample_record("c", 0.0))
    assert list(records) == run.score_lines[:3]


def test_trials_are_planned_per_case() -> None:
    run = InMemoryRun(sample_manifest(RunStatus.RUNNING, cases=3, trials=2))
    run.score_lines = [sample_record("a", trial=trial, trials=5) for trial in range(3)]
    assert report_of(run).summary.planned == 5 + 2 * 2


def test_the_number_of_cases_held_is_bounded_and_the_rest_is_counted() -> None:
    run = InMemoryRun(sample_manifest(cases=500))
    run.score_lines = [sample_record(f"case-{number:03}", 0.0) for number in range(500)]
    report = report_of(run, shown_cases=7)
    assert ([detail.result.case_id for detail in report.details][-1], len(report.details), report.more) == ("case-006", 7, 493)


def test_shown_cases_carry_input_expectation_and_answer() -> None:
    dataset = ListedCases(Case("a", "1?"), Case("b", {"question": "refund?"}, expected=Expected(answer="14 days")), Case("c", "3?"))
    (detail,) = report_of(finished_run(), dataset=dataset).details
    assert (detail.input, detail.expected, detail.answer) == ('{\n "question": "refund?"\n}', "14 days", "no")
    assert dataset.read == 2  # stops where it has what it needs


def test_an_expectation_of_several_parts_names_them() -> None:
    case = Case("b", "?", expected=Expected(must_include=("14",), tools=(ToolExpectation("refund"),)))
    (detail,) = report_of(finished_run(), dataset=ListedCases(case)).details
    assert detail.expected == '{\n "must_include": [\n  "14"\n ],\n "tools": [\n  "refund"\n ]\n}'


def test_a_case_that_was_edited_since_is_not_shown_as_what_was_asked() -> None:
    class Edited(ListedCases):
        def cases(self) -> Iterator[tuple[Case, str]]:
            yield Case("b", "something else"), "another hash"

    (detail,) = report_of(finished_run(), dataset=Edited()).details
    assert (detail.input, detail.answer) == (None, "no")


def test_a_broken_dataset_costs_the_inputs_and_not_the_report() -> None:
    (detail,) = report_of(finished_run(), dataset=ListedCases(broken=True)).details
    assert (detail.input, detail.answer) == (None, "no")


def test_a_summary_that_its_records_do_not_bear_out_is_refused() -> None:
    run = InMemoryRun(sample_manifest(), None, [], [sample_record("a"), sample_record("b", 0.0)])
    run.write_summary(summarise(RunRecords(run), run.manifest()))
    build_report(run, RunRecords(run))
    del run.score_lines[-1]
    with pytest.raises(RunDirectoryError) as refused:
        build_report(run, RunRecords(run))
    assert refused.value.code == "E1508"


@pytest.mark.parametrize("damage", [{"weight": -1.0}, {"latency_ms": -5.0}, {"latency_ms": float("nan")}])
def test_a_record_that_no_run_writes_is_named_as_damage(damage: dict[str, float]) -> None:
    run = InMemoryRun(sample_manifest(), None, [], [sample_record("a"), replace(sample_record("b"), **damage)])  # type: ignore[arg-type]
    with pytest.raises(RunDirectoryError, match="damaged record of case b") as refused:
        build_report(run, RunRecords(run))
    assert refused.value.code == "E1502"


def test_a_score_beyond_1_is_damage_and_never_shown() -> None:
    record = sample_record("a")
    high = replace(record, scores=(replace(record.scores[0], value=1e308),))
    run = InMemoryRun(sample_manifest(), None, [], [high])
    with pytest.raises(RunDirectoryError, match="not between 0 and 1"):
        build_report(run, RunRecords(run))
