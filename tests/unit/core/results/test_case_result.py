from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.case_result import CaseOutcome, CaseResult, Reason, case_results
from goldfinch.core.results.records import ScoreRecord
from goldfinch.testing.run_journal import sample_record

TIMEOUT = Failure(FailureKind.TIMEOUT, "no answer within 120 s")
RATE_LIMITED = Failure(FailureKind.RATE_LIMITED, "429 from the provider", 429)


def only(records: list[ScoreRecord]) -> CaseResult:
    (case,) = case_results(records)
    return case


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (sample_record("a", 0.9), CaseOutcome.PASSED),
        (sample_record("a", 0.5), CaseOutcome.FAILED),
        (sample_record("a", 0.0, failure=TIMEOUT), CaseOutcome.FAILED),
        (sample_record("a", failure=RATE_LIMITED), CaseOutcome.ERROR),
        (sample_record("a", None), CaseOutcome.ERROR),
        (ScoreRecord("a", "h", 0, passed=None, scores=()), CaseOutcome.UNDECIDED),
    ],
)
def test_one_trial_decides_the_outcome(record: ScoreRecord, outcome: CaseOutcome) -> None:
    assert only([record]).outcome is outcome


def trials(*values: float | None) -> list[ScoreRecord]:
    return [sample_record("a", value, trial=trial, trials=3) for trial, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((1.0, 1.0, 1.0), CaseOutcome.PASSED),
        ((1.0, 0.0, 1.0), CaseOutcome.FAILED),
        ((1.0, None, 1.0), CaseOutcome.ERROR),
        ((None, 0.0, 1.0), CaseOutcome.FAILED),
        ((1.0, 1.0), CaseOutcome.UNDECIDED),
    ],
)
def test_a_case_passes_only_when_every_planned_trial_did(values: tuple[float | None, ...], outcome: CaseOutcome) -> None:
    assert only(trials(*values)).outcome is outcome


def test_the_telling_trial_is_the_first_that_failed() -> None:
    telling = only(trials(None, 0.0, 1.0)).telling_trial()
    assert telling is not None
    assert (telling.trial, telling.reasons) == (1, (Reason("accuracy", "the refund is not mentioned", 0.0),))
    assert only(trials(1.0, 1.0, 1.0)).telling_trial() is None


def test_trials_may_come_in_any_order_and_between_those_of_other_cases() -> None:
    records = [sample_record(case, 1.0, trial=trial, trials=2) for case in "ab" for trial in range(2)]
    for order in permutations(records):
        assert {(case.case_id, case.passed_trials) for case in case_results(order)} == {("a", 2), ("b", 2)}


def test_only_open_cases_are_held() -> None:
    asked: list[int] = []

    def records() -> Iterator[ScoreRecord]:
        for number in range(1_000):
            asked.append(number)
            yield sample_record(f"case-{number // 2}", trial=number % 2, trials=2)

    first = next(case_results(records()))
    assert (first.case_id, len(asked)) == ("case-0", 2)


def test_a_failure_is_its_own_reason_and_a_crash_names_the_scorer() -> None:
    assert only([sample_record("a", 0.0, failure=TIMEOUT)]).trials[0].reasons == (Reason("timeout", "no answer within 120 s"),)
    crash = only([sample_record("a", None)]).trials[0].reasons[0]
    assert (crash.source, crash.text) == ("accuracy", "scorer error: the refund is not mentioned")
