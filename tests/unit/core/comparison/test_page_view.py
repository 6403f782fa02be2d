from __future__ import annotations

import json
from typing import Any

import pytest

from goldfinch.core.comparison.outcome import CaseChange, CaseState, Comparison, RunReference
from goldfinch.core.comparison.page_view import ComparisonView, comparison_view, kind_of
from goldfinch.core.output import Output, Step
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.evidence import Evidence
from goldfinch.core.results.records import OutputRecord
from goldfinch.operations.comparison_page import evidence_of
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

RUN = RunReference("run-1", "2026-11-23T09:00:00Z", "agent 1", None, "9f2e")


def change(case_id: str, was: tuple[int, int], now: tuple[int, int], **more: Any) -> CaseChange:
    facts: dict[str, Any] = {"tags": (), "critical": False, "regressed": False, "fixed": False} | more
    state = CaseState.UNDECIDED
    return CaseChange(
        case_id,
        baseline_passed=was[0],
        baseline_trials=was[1],
        current_passed=now[0],
        current_trials=now[1],
        **{"baseline_state": state, "current_state": state} | facts,
    )


def comparison(*cases: CaseChange) -> Comparison:
    return Comparison(RUN, RUN, (), {}, cases, 0, (), (), (), ())


def evidence(*values: float, text: str = "answer", steps: tuple[Step, ...] = ()) -> Evidence:
    """A run of the case `a` with a trial for each score."""
    run = InMemoryRun(sample_manifest(cases=1, trials=len(values)))
    for trial, value in enumerate(values):
        run.score_lines.append(sample_record("a", value, trial=trial, trials=len(values)))
        output = Output(text=f"{text} {trial}", trajectory=steps)
        run.output_lines.append(OutputRecord("a", "hash-of-a", trial, "2026-11-23T09:00:00Z", output))
    return evidence_of(run, None, Redactor())


def details(view: ComparisonView) -> Any:
    return json.loads(view.cases[0].details)


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (change("a", (5, 5), (0, 5), regressed=True), "regressed"),
        (change("a", (0, 5), (5, 5), fixed=True), "fixed"),
        (change("a", (1, 1), (0, 1)), "worse"),
        (change("a", (1, 3), (2, 3)), "better"),
        (change("a", (1, 3), (1, 3), current_state=CaseState.FLAKY), "flaky"),
        (change("a", (1, 1), (1, 1)), "same"),
    ],
)
def test_a_case_is_told_in_one_word(case: CaseChange, kind: str) -> None:
    assert kind_of(case) == kind


def test_of_a_case_that_got_worse_a_pass_stands_beside_a_failure() -> None:
    view = comparison_view(comparison(change("a", (2, 3), (1, 3))), [evidence(0.0, 1.0, 1.0)], [evidence(1.0, 1.0, 0.0)])
    found = details(view)
    assert (found["was"]["trial"], found["was"]["verdict"], found["was"]["answer"]["text"]) == (1, "p", "answer 1")
    assert (found["now"]["trial"], found["now"]["verdict"], found["now"]["answer"]["text"]) == (2, "f", "answer 2")
    assert (found["was"]["verdicts"], found["now"]["verdicts"]) == ("fpp", "ppf")


def test_of_a_case_that_got_better_a_failure_stands_beside_a_pass() -> None:
    found = details(comparison_view(comparison(change("a", (1, 2), (2, 2))), [evidence(1.0, 0.0)], [evidence(1.0, 1.0)]))
    assert (found["was"]["verdict"], found["now"]["verdict"]) == ("f", "p")


def test_the_telling_answer_may_come_from_further_trials() -> None:
    runs = [evidence(1.0), evidence(1.0, 0.0, text="further")]
    found = details(comparison_view(comparison(change("a", (1, 1), (2, 3))), [evidence(1.0)], runs))
    assert (found["now"]["answer"]["text"], found["now"]["verdicts"]) == ("further 1", "ppf")


def test_steps_stand_side_by_side() -> None:
    was, now = (Step("user", "q"), Step("assistant", "a")), (Step("user", "q"), Step("reasoning", "hm"), Step("assistant", "a"))
    found = details(comparison_view(comparison(change("a", (1, 1), (0, 1))), [evidence(1.0, steps=was)], [evidence(0.0, steps=now)]))
    assert found["pairs"] == [[0, 0], [None, 1], [1, 2]]


def test_a_baseline_without_outputs_has_its_scores_and_no_answer() -> None:
    run = InMemoryRun(sample_manifest(cases=1), score_lines=[sample_record("a")])
    found = details(comparison_view(comparison(change("a", (1, 1), (0, 1))), [evidence_of(run, None, Redactor())], [evidence(0.0)]))
    assert (found["was"]["answer"], found["was"]["verdict"], found["now"]["answer"]["text"]) == (None, "p", "answer 0")


def test_no_record_of_a_side_is_no_side() -> None:
    found = details(comparison_view(comparison(change("a", (1, 1), (0, 1))), [], [evidence(0.0)]))
    assert found["was"] is None


def test_what_does_not_fit_is_left_out_from_the_end() -> None:
    cases = [change(f"c{number}", (1, 1), (0, 1)) for number in range(100)]
    run = InMemoryRun(sample_manifest(cases=100))
    for case in cases:
        run.score_lines.append(sample_record(case.case_id, 0.0))
        run.output_lines.append(sample_output(case.case_id, "x" * 1_500))
    side = [evidence_of(run, None, Redactor())]
    view = comparison_view(comparison(*cases), side, side, 100_000)
    assert view.total == 100
    assert 5 < len(view.cases) < 60
    assert [json.loads(case.row)["id"] for case in view.cases] == [f"c{number}" for number in range(len(view.cases))]
    assert sum(len(case.row) + len(case.details) for case in view.cases) < 110_000


def test_markup_in_data_cannot_end_the_island() -> None:
    view = comparison_view(comparison(change("a", (1, 1), (0, 1), tags=("</script>",))), [], [evidence(0.0, text="</script><!--")])
    assert "<" not in view.cases[0].row + view.cases[0].details
