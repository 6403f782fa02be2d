"""A run held against the base branch's cases, without files: what counts, what informs, and how often anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.datasets.fingerprint import case_hash
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.output import Output
from goldfinch.core.results.manifest import Manifest, MetricIdentity, RunStatus
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.scoring.exact import Exact
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.check import Regrading, judge_run
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest

METRIC = Metric(Exact(), 1.0, "1")


@dataclass
class CountingRun(InMemoryRun):
    """Counts the records that were read."""

    scores_read: int = 0
    answers_read: int = 0

    def scores(self) -> Iterator[ScoreRecord]:
        for record in super().scores():
            self.scores_read += 1
            yield record

    def output_of(self, case_id: str, trial: int) -> OutputRecord | None:
        self.answers_read += 1
        return super().output_of(case_id, trial)


def case(number: int, answer: str = "yes", **more: object) -> Case:
    return Case(f"c{number}", f"question {number}", expected=Expected(answer=answer), **more)  # type: ignore[arg-type]


def manifest(cases: int, trials: int = 1) -> Manifest:
    return replace(sample_manifest(RunStatus.COMPLETE, cases=cases, trials=trials), metrics=(MetricIdentity("exact", "1", 1.0),))


def run_of(cases: list[Case], *, says: str = "yes", trials: int = 1) -> CountingRun:
    run = CountingRun(stored=manifest(len(cases), trials))
    for one in cases:
        for trial in range(trials):
            answer = OutputRecord(one.id, case_hash(one), trial, "2026-11-24T09:00:00Z", Output(text=says, cost_usd=0.01))
            run.append_output(answer)
            run.append_scores(grade((METRIC,), one, answer, trials=trials))
    return run


def test_ten_thousand_untouched_cases_are_read_once_and_no_answer_is() -> None:
    cases = [case(number) for number in range(10_000)]
    run = run_of(cases)
    judged = judge_run(run, base=MemoryDataset(cases))
    assert (judged.summary.passes.passed, judged.summary.planned) == (10_000, 10_000)
    assert (run.scores_read, run.answers_read) == (10_000, 0)
    assert not judged.changes


def test_only_the_answers_of_edited_cases_are_read() -> None:
    cases = [case(number) for number in range(100)]
    run = run_of([case(number, "no" if number < 5 else "yes") for number in range(100)], says="no")
    judged = judge_run(run, base=MemoryDataset(cases), regrading=Regrading((METRIC,)))
    assert run.answers_read == 5
    assert judged.summary.passes.passed == 0, "by their own expectation five would have passed"
    assert judged.changes is not None
    assert judged.changes.edited == ("c0", "c1", "c2", "c3", "c4")


def test_without_a_metric_to_grade_by_an_edited_case_is_undecided() -> None:
    run = run_of([case(0, "no")], says="no")
    judged = judge_run(run, base=MemoryDataset([case(0)]))
    assert (judged.summary.passes.passed, judged.summary.passes.undecided) == (0, 1)


def test_more_trials_than_the_base_branch_asks_for_do_not_help() -> None:
    cases = [case(0)]
    judged = judge_run(run_of([case(0, trials=3)], trials=3), base=MemoryDataset([case(0, trials=1)]))
    assert (judged.summary.planned, judged.summary.passes.passed) == (1, 1)
    assert cases


def test_fewer_trials_than_the_base_branch_asks_for_are_missing() -> None:
    judged = judge_run(run_of([case(0)]), base=MemoryDataset([case(0, trials=5)]))
    assert (judged.summary.planned, judged.summary.finished) == (5, 1)


def test_tags_of_the_base_branch_decide_what_is_a_complex_task() -> None:
    run = run_of([case(0, tags=()), case(1, tags=("complex",))])
    base = MemoryDataset([case(0, tags=("complex",)), case(1)])
    assert judge_run(run, base=base, tag="complex").costs == (("c0", 0.01),)
    assert judge_run(run, tag="complex").costs == (("c1", 0.01),)


def test_an_answer_that_is_not_there_cannot_be_graded_again() -> None:
    run = run_of([case(0, "no")])
    run.output_lines.clear()
    with pytest.raises(RunDirectoryError, match="has no answer of case c0, trial 0"):
        judge_run(run, base=MemoryDataset([case(0)]), regrading=Regrading((METRIC,)))


def test_a_pair_with_two_lines_counts_once() -> None:
    run = run_of([case(0)], says="no")
    run.append_scores(grade((METRIC,), case(0), OutputRecord("c0", case_hash(case(0)), 0, "", Output(text="yes"))))
    judged = judge_run(run)
    assert (judged.summary.finished, judged.summary.passes.passed) == (1, 1)


def test_cases_of_an_interrupted_run_are_not_called_removed() -> None:
    run = run_of([case(0)])
    run.stored = replace(manifest(2), status=RunStatus.INCOMPLETE)
    judged = judge_run(run, base=MemoryDataset([case(0), case(1)]))
    assert judged.changes is not None
    assert judged.changes.removed == ()
    assert judged.summary.planned == 2
