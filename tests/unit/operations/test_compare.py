from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import CaseState, Change, Comparison, MetricChange
from goldfinch.core.errors import RunDirectoryError, UsageError
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.manifest import MetricIdentity, RunStatus
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.core.verdict import Verdict
from goldfinch.operations.compare import compare_runs
from goldfinch.testing.run_results import InMemoryResults, scripted_results

Outcomes = dict[str, Sequence[bool | float | None]]


def passing(cases: int, failing: int = 0, trials: int = 1) -> Outcomes:
    """The first `failing` cases fail all trials."""
    return {f"case-{number:03d}": [number >= failing] * trials for number in range(cases)}


def compared(before: Outcomes, after: Outcomes, **options: Any) -> Comparison:
    return compare_runs(scripted_results("base", before), scripted_results("now", after), CompareOptions(**options))


def pass_rate(comparison: Comparison) -> MetricChange:
    assert comparison.metrics[0].metric == "pass_rate"
    return comparison.metrics[0]


def manifest_changed(results: InMemoryResults, **changes: Any) -> InMemoryResults:
    return replace(results, stored=replace(results.stored, **changes))


def test_a_clear_drop_is_regressed_and_fails() -> None:
    found = compared(passing(60), passing(60, failing=15))
    one = pass_rate(found)
    assert (one.change, one.method, one.cases) == (Change.REGRESSED, "McNemar mid-p", 60)
    assert one.difference == pytest.approx(-0.25)
    assert one.p_worse == pytest.approx(0.5**16)
    assert one.p_worse_adjusted == pytest.approx(2 * 0.5**16)  # Holm over pass_rate and exact
    assert found.verdict is Verdict.FAIL
    assert found.regressed == ("pass_rate", "exact")


def test_the_same_change_the_other_way_is_improved() -> None:
    found = compared(passing(60, failing=15), passing(60))
    assert pass_rate(found).change is Change.IMPROVED
    assert found.verdict is Verdict.PASS


def test_a_drop_that_may_be_chance_is_a_breach_without_evidence_and_says_what_would_decide() -> None:
    before, after = passing(40), passing(40, failing=3)
    one = pass_rate(found := compared(before, after))
    assert (one.change, one.point_breach) == (Change.INCONCLUSIVE, True)
    assert one.trials_to_decide is not None
    assert one.trials_to_decide > 1
    assert found.verdict is Verdict.INCONCLUSIVE
    assert pass_rate(compared(before, after, strict=True)).change is Change.REGRESSED


def test_a_drop_within_the_margin_is_no_change_and_flagged_where_it_is_real() -> None:
    random = Random(3)
    before: Outcomes = {f"case-{number}": [0.8 + random.uniform(-0.05, 0.05)] for number in range(200)}
    after: Outcomes = {case: [values[0] - 0.02 + random.uniform(-0.01, 0.01)] for case, values in before.items() if values[0] is not None}
    exact = next(one for one in compared(before, after).metrics if one.metric == "exact")
    assert (exact.change, exact.small_decline, exact.method) == (Change.NO_CHANGE, True, "paired t")


def test_few_cases_are_inconclusive_even_when_all_of_them_fail() -> None:
    one = pass_rate(found := compared(passing(9), passing(9, failing=9)))
    assert (one.change, one.point_breach, one.reason) == (Change.INCONCLUSIVE, True, "9 common cases, fewer than 10")
    assert found.verdict is Verdict.INCONCLUSIVE


def test_few_cases_that_are_all_equal_are_no_change() -> None:
    assert pass_rate(compared(passing(3), passing(3))).change is Change.NO_CHANGE


def test_critical_cases_that_flip_in_all_of_three_trials_are_regressed_however_few() -> None:
    tags = {"case-000": ("critical",), "case-001": ("billing",)}
    before = scripted_results("base", passing(4, trials=3), tags=tags)
    after = scripted_results("now", passing(4, failing=1, trials=3), tags=tags)
    found = compare_runs(before, after)
    assert pass_rate(found).change is Change.REGRESSED
    assert (found.cases[0].case_id, found.cases[0].critical, found.cases[0].regressed) == ("case-000", True, True)
    assert found.verdict is Verdict.FAIL


def test_a_mark_that_the_change_removed_still_makes_the_case_critical() -> None:
    before = scripted_results("base", passing(30, trials=3), tags={"case-000": ("critical",)})
    after = scripted_results("now", passing(30, failing=1, trials=3))
    assert compare_runs(before, after).verdict is Verdict.FAIL


def test_added_removed_and_edited_cases_are_listed_and_do_not_count() -> None:
    before, after = scripted_results("base", passing(20)), scripted_results("now", passing(21))
    records = [replace(one, case_hash="other", passed=False) if one.case_id == "case-003" else one for one in after.records[1:]]
    found = compare_runs(before, replace(after, records=records))
    assert (found.added, found.removed, found.edited) == (("case-020",), ("case-000",), ("case-003",))
    assert pass_rate(found).cases == 18
    assert found.unchanged == 18


def test_an_agents_failure_scores_zero_and_a_providers_failure_is_missing() -> None:
    crash, lost = Failure(FailureKind.CRASHED, "gone"), Failure(FailureKind.RATE_LIMITED, "429")
    after = scripted_results("now", passing(40))
    score = MetricScore("exact", "1", ScoreStatus.SCORED, 0.0, False)
    none = MetricScore("exact", "1", ScoreStatus.MISSING)
    records = list(after.records)
    records[0] = replace(records[0], passed=False, failure=crash, scores=(score,))
    records[1] = replace(records[1], passed=None, failure=lost, scores=(none,))
    one = pass_rate(found := compare_runs(scripted_results("base", passing(40)), replace(after, records=records)))
    assert one.cases == 39
    assert one.current == pytest.approx(38 / 39)
    assert not found.invalid


@pytest.mark.parametrize(("missing", "is_valid"), [(2, True), (3, False)])
def test_more_than_five_percent_missing_on_a_side_is_invalid(missing: int, is_valid: bool) -> None:
    after = passing(40) | {f"case-{number:03d}": [None] for number in range(missing)}
    found = compared(passing(40), after)
    assert (not found.invalid) is is_valid
    assert found.verdict is (Verdict.PASS if is_valid else Verdict.INCONCLUSIVE)


def test_a_regression_is_not_concluded_from_an_invalid_comparison() -> None:
    after = passing(60, failing=20) | {f"case-{number:03d}": [None] for number in range(50, 60)}
    found = compared(passing(60), after)
    assert found.invalid
    assert found.regressed == ()
    assert found.verdict is Verdict.INCONCLUSIVE


def test_cases_that_a_run_never_got_to_are_missing() -> None:
    cut = manifest_changed(scripted_results("now", passing(30)), status=RunStatus.INCOMPLETE, reason="budget")
    cut = replace(cut, stored=replace(cut.stored, dataset=replace(cut.stored.dataset, cases=40)))
    found = compare_runs(scripted_results("base", passing(40)), cut)
    assert "25.0% of the answers or verdicts of the current run are missing" in found.invalid[0]


def test_a_run_that_did_not_end_is_never_a_pass() -> None:
    found = compare_runs(
        scripted_results("base", passing(30)), manifest_changed(scripted_results("now", passing(30)), status=RunStatus.RUNNING)
    )
    assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        (MetricIdentity("exact", "2", 1.0), "exact decides: version 1 in the baseline, 2 in the current run"),
        (MetricIdentity("exact", "1", 0.5), "the pass mark of exact is 1 in the baseline, 0.5 in the current run"),
        (MetricIdentity("exact", "1", None), "exact decides in the baseline run only"),
        (MetricIdentity("other", "1", 1.0), "exact decides in the baseline run only"),
    ],
)
def test_other_terms_are_refused_with_the_command_that_helps(metric: MetricIdentity, told: str) -> None:
    now = manifest_changed(scripted_results("now", passing(30)), metrics=(metric,))
    found = compare_runs(scripted_results("base", passing(30)), now)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert told in found.invalid[0]
    assert "goldfinch score runs/base" in found.invalid[0]


def test_other_judges_are_refused() -> None:
    before = manifest_changed(scripted_results("base", passing(30)), judge="judge-1")
    found = compare_runs(before, manifest_changed(scripted_results("now", passing(30)), judge="judge-2"))
    assert found.invalid[0].startswith("judged by judge-1 in the baseline, by judge-2 in the current run")


def test_nothing_that_decides_is_never_a_pass() -> None:
    informational = (MetricIdentity("exact", "1", None),)
    runs = [manifest_changed(scripted_results(name, passing(30)), metrics=informational) for name in ("base", "now")]
    runs = [replace(run, records=[replace(one, passed=None) for one in run.records]) for run in runs]
    found = compare_runs(runs[0], runs[1])
    assert found.invalid == ("no metric that decides was measured in both runs",)


def test_no_common_case_is_never_a_pass() -> None:
    assert compared(passing(20), {"other": [True]}).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("baseline", [None, "bootstrap"])
def test_without_a_baseline_nothing_is_decided(baseline: str | None) -> None:
    before = None if baseline is None else manifest_changed(scripted_results("base", passing(5)), status=RunStatus.BOOTSTRAP)
    assert compare_runs(before, scripted_results("now", passing(5, failing=5))).verdict is Verdict.NEUTRAL


def test_a_replayed_run_is_marked_and_is_no_pass() -> None:
    now = manifest_changed(scripted_results("now", passing(30)), status=RunStatus.REPLAYED)
    found = compare_runs(scripted_results("base", passing(30)), now)
    assert (found.verdict, found.replayed) == (Verdict.NEUTRAL, ("current",))
    worse = scripted_results("now", passing(60, failing=20))
    worse = manifest_changed(worse, status=RunStatus.REPLAYED)
    assert compare_runs(scripted_results("base", passing(60)), worse).verdict is Verdict.FAIL


def test_a_run_is_not_compared_with_itself() -> None:
    run = scripted_results("base", passing(20))
    with pytest.raises(RunDirectoryError, match="same run") as refused:
        compare_runs(run, replace(run, location="a copy"))
    assert refused.value.code == "E2303"


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"margin": float("nan")}, {"looks": 0}, {"absolute_margins": {"x": -1.0}}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        compared(passing(5), passing(5), **options)


def test_several_looks_ask_for_more_evidence() -> None:
    before, after = passing(60), passing(60, failing=6)  # one-sided mid-p 1/128, twice that by Holm
    assert pass_rate(compared(before, after)).change is Change.REGRESSED
    assert pass_rate(compared(before, after, looks=4)).change is Change.INCONCLUSIVE


def test_trials_are_averaged_first_and_flaky_cases_named() -> None:
    before: Outcomes = {f"case-{number:02d}": [True] * 5 for number in range(30)}
    after = before | {"case-00": [True, False, False, False, False], "case-01": [False] * 5, "case-02": [True, True, True, True, False]}
    found = compared(before, after)
    one = pass_rate(found)
    assert (one.cases, one.baseline_trials, one.current_trials, one.method) == (30, 5, 5, "paired t")
    assert one.current == pytest.approx((27 + 0.2 + 0 + 0.8) / 30)
    assert found.flaky == ("case-00", "case-02")
    lost = found.cases[0]
    assert (lost.case_id, lost.baseline_state, lost.current_state) == ("case-01", CaseState.PASSES, CaseState.FAILS)
    assert lost.p_worse == pytest.approx(30 / 252)  # Fisher's 1/252, adjusted over 30 cases
    hat = next(change for change in found.metrics if change.metric == "pass_hat_5")
    assert hat.current == pytest.approx(27 / 30)
    assert not hat.gating


def test_a_case_that_lost_for_certain_is_regressed_where_few_are_tested() -> None:
    before: Outcomes = {f"case-{number:02d}": [True] * 5 for number in range(12)}
    found = compared(before, before | {"case-03": [False] * 5})
    assert [(one.case_id, one.regressed) for one in found.cases] == [("case-03", True)]


def test_with_one_trial_flips_are_listed_as_changed_once() -> None:
    found = compared(passing(20), passing(20, failing=1))
    assert [(one.case_id, one.changed_once, one.regressed) for one in found.cases] == [("case-000", True, False)]


def test_tags_are_compared_too_and_do_not_gate() -> None:
    tags = {f"case-{number:03d}": ("billing",) if number < 40 else ("search",) for number in range(400)}
    before, after = scripted_results("base", passing(400), tags=tags), scripted_results("now", passing(400, failing=10), tags=tags)
    found = compare_runs(before, after)
    assert {tag: changes[0].change for tag, changes in found.slices.items()} == {"billing": Change.REGRESSED, "search": Change.NO_CHANGE}
    assert not any(one.gating for one in found.slices["billing"])
    assert pass_rate(found).change is Change.NO_CHANGE
    assert found.verdict is Verdict.PASS


def test_what_answers_take_is_compared_lower_is_better() -> None:
    def slower(record: ScoreRecord, factor: float) -> ScoreRecord:
        return replace(record, latency_ms=factor * (500 + hash(record.case_id) % 50), cost_usd=0.01 * factor, steps=4)

    before, after = scripted_results("base", passing(50)), scripted_results("now", passing(50))
    before = replace(before, records=[slower(one, 1.0) for one in before.records])
    after = replace(after, records=[slower(one, 1.3) for one in after.records])
    found = {one.metric: one for one in compare_runs(before, after).metrics}
    assert found["latency_ms"].change is Change.REGRESSED
    assert found["cost_usd"].change is Change.REGRESSED
    assert found["step_count"].change is Change.NO_CHANGE
    assert (found["token_count"].change, found["token_count"].reason) == (Change.INCONCLUSIVE, "not known in the baseline run")
    assert not any(found[name].gating for name in ("latency_ms", "cost_usd", "step_count"))


def test_an_absolute_margin_replaces_the_relative_one() -> None:
    before, after = passing(100), passing(100, failing=8)
    assert pass_rate(compared(before, after)).change is Change.REGRESSED
    assert pass_rate(compared(before, after, absolute_margins={"pass_rate": 0.2})).change is Change.NO_CHANGE


def test_missing_scores_of_a_gating_metric_make_the_comparison_invalid() -> None:
    before, after = scripted_results("base", passing(40)), scripted_results("now", passing(40))
    none = MetricScore("exact", "1", ScoreStatus.ERROR)
    records = [replace(one, scores=(none,)) if number < 4 else one for number, one in enumerate(after.records)]
    found = compare_runs(before, replace(after, records=records))
    assert "exact cannot be compared: 10.0% of its scores are missing in the current run" in found.invalid[0]


def with_metrics(results: InMemoryResults, *more: tuple[MetricIdentity, ScoreStatus, float | None]) -> InMemoryResults:
    """The same run with further metrics, the same for each record."""
    scores = tuple(MetricScore(metric.name, metric.version, status, value) for metric, status, value in more)
    metrics = (*results.stored.metrics, *(metric for metric, _, _ in more))
    records = [replace(one, scores=(*one.scores, *scores)) for one in results.records]
    return replace(results, stored=replace(results.stored, metrics=metrics), records=records)


def test_a_deciding_metric_that_applies_to_no_case_forbids_nothing() -> None:
    idle = (MetricIdentity("must_include", "1", 1.0), ScoreStatus.NOT_APPLICABLE, None)
    found = compare_runs(*(with_metrics(scripted_results(name, passing(30)), idle) for name in ("base", "now")))  # type: ignore[arg-type]
    assert found.verdict is Verdict.PASS
    assert next(one for one in found.metrics if one.metric == "must_include").change is Change.INCONCLUSIVE


def test_a_scorer_with_the_name_of_a_measured_figure_is_a_score() -> None:
    before = with_metrics(scripted_results("base", passing(40)), (MetricIdentity("cost_usd", "1", None), ScoreStatus.SCORED, 0.9))
    after = with_metrics(scripted_results("now", passing(40)), (MetricIdentity("cost_usd", "1", None), ScoreStatus.SCORED, 0.1))
    found = compare_runs(before, after)
    (one,) = [one for one in found.metrics if one.metric == "cost_usd"]
    assert (one.higher_is_better, one.change) == (True, Change.REGRESSED)
    assert "a scorer is called cost_usd: the measured cost_usd was not compared" in found.notes


def test_cases_without_a_verdict_are_not_called_unchanged() -> None:
    assert compared(passing(40), passing(40) | {"case-000": [None]}).unchanged == 39


def test_a_lost_critical_case_is_shown_however_many_others_are_lost() -> None:
    tags = {"case-119": ("critical",)}
    before, after = (scripted_results(name, passing(120, failing, 5), tags=tags) for name, failing in (("base", 0), ("now", 120)))
    found = compare_runs(before, after, CompareOptions(shown_cases=3, absolute_margins={"pass_rate": 5, "exact": 5}))
    assert found.cases[0].case_id == "case-119"
    assert found.verdict is Verdict.FAIL


TRIALS = st.lists(st.sampled_from([True, False, None, 0.3, 0.7, 1.0]), min_size=1, max_size=3)
RUNS = st.lists(st.tuples(TRIALS, TRIALS), min_size=1, max_size=45)


def of_side(pairs: list[tuple[list[bool | float | None], list[bool | float | None]]], side: int) -> Outcomes:
    return {f"case-{number:02d}": pair[side] for number, pair in enumerate(pairs)}


@given(RUNS)
def test_identical_runs_are_never_regressed_and_never_improved(
    pairs: list[tuple[list[bool | float | None], list[bool | float | None]]],
) -> None:
    found = compared(of_side(pairs, 0), of_side(pairs, 0))
    assert {one.change for one in found.metrics} <= {Change.NO_CHANGE, Change.INCONCLUSIVE}
    assert not any(case.regressed or case.fixed for case in found.cases)
    assert not any(one.point_breach for one in found.metrics)


@given(RUNS, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(
    pairs: list[tuple[list[bool | float | None], list[bool | float | None]]], random: Random
) -> None:
    before, after = scripted_results("base", of_side(pairs, 0)), scripted_results("now", of_side(pairs, 1))
    shuffled = [replace(run, records=random.sample(list(run.records), len(run.records))) for run in (before, after)]
    first, second = compare_runs(before, after), compare_runs(shuffled[0], shuffled[1])
    assert [one.change for one in first.metrics] == [one.change for one in second.metrics]
    assert [one.difference for one in first.metrics] == pytest.approx([one.difference for one in second.metrics])
    assert [one.p_worse for one in first.metrics] == pytest.approx([one.p_worse for one in second.metrics])
    assert (first.verdict, set(first.flaky), first.unchanged) == (second.verdict, set(second.flaky), second.unchanged)


@given(RUNS)
def test_swapping_the_runs_swaps_improved_and_regressed(
    pairs: list[tuple[list[bool | float | None], list[bool | float | None]]],
) -> None:
    there, back = compared(of_side(pairs, 0), of_side(pairs, 1)), compared(of_side(pairs, 1), of_side(pairs, 0))
    for one, other in zip(there.metrics, back.metrics, strict=True):
        assert one.p_worse == pytest.approx(other.p_better)
        if one.change is Change.REGRESSED:
            assert other.change is Change.IMPROVED
        if one.change is Change.IMPROVED:
            assert other.change is not Change.IMPROVED


@given(RUNS)
def test_two_halves_of_a_run_in_one_file_are_the_run(
    pairs: list[tuple[list[bool | float | None], list[bool | float | None]]],
) -> None:
    """Shards are merged by putting their records together."""
    before, after = scripted_results("base", of_side(pairs, 0)), scripted_results("now", of_side(pairs, 1))
    halves = [*after.records[::2], *after.records[1::2]]
    assert compare_runs(before, after).verdict is compare_runs(before, replace(after, records=halves)).verdict
