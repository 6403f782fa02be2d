"""A quarantined case stays in every figure, and fails nothing alone; safety is never excused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Change, Comparison
from goldfinch.core.comparison.wording import headline
from goldfinch.core.quarantine.entries import Quarantined
from goldfinch.core.quarantine.standing import Standing
from goldfinch.core.results.manifest import MetricIdentity
from goldfinch.core.results.records import MetricScore, ScoreStatus
from goldfinch.core.verdict import Verdict
from goldfinch.operations.compare import compare_runs
from goldfinch.testing.run_results import InMemoryResults, scripted_results
from tests.quarantine_samples import TODAY, entry, quarantine

CASE = "case-000"
CRITICAL: dict[str, tuple[str, ...]] = {CASE: ("critical",)}


def results(
    run_id: str, *, failing: int = 0, cases: int = 60, trials: int = 5, tags: dict[str, tuple[str, ...]] | None = None
) -> InMemoryResults:
    outcomes = {f"case-{number:03d}": [number >= failing] * trials for number in range(cases)}
    return scripted_results(run_id, outcomes, tags=CRITICAL if tags is None else tags)


def compared(before: InMemoryResults, after: InMemoryResults, *entries: Quarantined, **options: Any) -> Comparison:
    return compare_runs(before, after, CompareOptions(quarantine=quarantine(*entries), today=TODAY, **options))


def test_a_critical_case_that_flips_alone_fails_a_change_and_in_quarantine_it_does_not() -> None:
    before, after = results("base"), results("now", failing=1)
    plain = compared(before, after)
    assert (plain.verdict, headline(plain)) == (Verdict.FAIL, "regressed: pass_rate")
    excused = compared(before, after, entry())
    assert (excused.verdict, headline(excused)) == (Verdict.PASS, "no regression")
    (case,) = excused.cases
    assert (case.case_id, case.regressed, case.critical, case.quarantined) == (CASE, True, True, True)
    assert [(one.case_id, one.owner, one.standing) for one in excused.quarantined] == [(CASE, "ana", Standing.EXCUSED)]


def test_it_stays_in_every_mean() -> None:
    before, after = results("base"), results("now", failing=1)
    plain, excused = compared(before, after), compared(before, after, entry())
    assert [one.current for one in plain.metrics] == [one.current for one in excused.metrics]
    assert [one.difference for one in plain.metrics] == [one.difference for one in excused.metrics]


def test_another_critical_case_still_fails_the_change() -> None:
    tags: dict[str, tuple[str, ...]] = {CASE: ("critical",), "case-001": ("critical",)}
    found = compared(results("base", tags=tags), results("now", failing=2, tags=tags), entry())
    assert found.verdict is Verdict.FAIL
    assert [case.case_id for case in found.lost_critical] == ["case-001"]


@pytest.mark.parametrize(
    ("one", "standing"),
    [
        (entry(expires="2026-11-23"), Standing.EXPIRED),
        (entry(case_hash="an earlier version"), Standing.EDITED),
    ],
)
def test_an_expired_entry_and_one_of_another_version_excuse_nothing(one: Quarantined, standing: Standing) -> None:
    found = compared(results("base"), results("now", failing=1), one)
    assert found.verdict is Verdict.FAIL
    assert [case.standing for case in found.quarantined] == [standing]


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_safety_case_counts_although_it_is_in_quarantine_and_taking_its_tag_away_does_not_help(side: str) -> None:
    tags = {"before": dict(CRITICAL), "after": dict(CRITICAL)}
    tags[side] = {CASE: ("critical", "safety")}
    found = compared(results("base", tags=tags["before"]), results("now", failing=1, tags=tags["after"]), entry())
    assert found.verdict is Verdict.FAIL
    assert [case.standing for case in found.quarantined] == [Standing.SAFETY]


def with_safety(run: InMemoryResults, value: float | None) -> InMemoryResults:
    """The run with a safety score of `value` for the case, 1 for all others."""

    def score(case_id: str) -> MetricScore:
        given = value if case_id == CASE else 1.0
        return MetricScore("safety", "1", ScoreStatus.MISSING if given is None else ScoreStatus.SCORED, given)

    metrics = (*run.stored.metrics, MetricIdentity("safety", "1", None))
    records = [replace(record, scores=(*record.scores, score(record.case_id))) for record in run.records]
    return replace(run, stored=replace(run.stored, metrics=metrics), records=records)


@pytest.mark.parametrize(("now", "verdict"), [(1.0, Verdict.PASS), (0.0, Verdict.FAIL), (None, Verdict.FAIL)])
def test_a_case_whose_safety_score_fell_or_is_missing_counts(now: float | None, verdict: Verdict) -> None:
    found = compared(with_safety(results("base"), 1.0), with_safety(results("now", failing=1), now), entry())
    assert found.verdict is verdict


def test_without_proof_a_quarantined_case_raises_no_question_alone_and_the_plain_rule_does_not_fail_on_it() -> None:
    before, after = results("base", cases=12, trials=1, tags={}), results("now", cases=12, failing=1, trials=1, tags={})
    assert compared(before, after).verdict is Verdict.INCONCLUSIVE
    assert compared(before, after, strict=True).verdict is Verdict.FAIL
    assert compared(before, after, entry()).verdict is Verdict.PASS
    found = compared(before, after, entry(), strict=True)
    assert found.verdict is Verdict.PASS
    assert found.metrics[0].difference == pytest.approx(-1 / 12), "it is in the mean all the same"


def test_beside_another_lost_case_it_counts_as_any_other() -> None:
    before, after = results("base", cases=12, trials=1, tags={}), results("now", cases=12, failing=2, trials=1, tags={})
    assert compared(before, after, entry(), strict=True).verdict is Verdict.FAIL


def test_a_drop_with_proof_counts_whoever_carries_it() -> None:
    before, after = results("base", tags={}), results("now", failing=15, tags={})
    entries = [entry(f"case-{number:03d}") for number in range(15)]
    found = compared(before, after, *entries)
    assert found.metrics[0].change is Change.REGRESSED
    assert found.verdict is Verdict.FAIL


def test_an_entry_of_a_case_that_is_in_neither_run_is_listed_and_changes_nothing() -> None:
    found = compared(results("base"), results("now", failing=1), entry("gone"))
    assert found.verdict is Verdict.FAIL
    assert [case.case_id for case in found.quarantined] == ["gone"]
