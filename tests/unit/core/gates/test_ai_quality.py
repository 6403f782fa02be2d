from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import Any

import pytest

from goldfinch.core.gates.ai_quality import judge
from goldfinch.core.gates.evidence import EvaluationEvidence, Evidence, Measured, MetricEvidence
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import AiQualityPolicy, Policy
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.statistics.intervals import wilson_interval
from goldfinch.core.verdict import Verdict
from goldfinch.testing.run_journal import sample_manifest
from tests.unit.core.gates.evidence_samples import GOOD, RUN, metric, with_metric, with_run

NAN = float("nan")


def found(outcome: GateOutcome, name: str) -> Finding:
    return next(finding for finding in outcome.findings if finding.name == name)


def rate(passed: int, total: int) -> Measured:
    interval = wilson_interval(passed, total)
    return Measured(passed / total, total, interval.low, interval.high)


def test_a_run_at_or_above_every_threshold_passes() -> None:
    outcome = judge(Policy(), GOOD)
    assert outcome.gate is GateName.AI_QUALITY
    assert outcome.verdict is Verdict.PASS
    assert outcome.failures == ()
    assert found(outcome, "pass_rate").text == "Pass rate 90.00% ≥ 85% (95 % CI 79.9–95.3 %, n 60)"


def test_a_rate_exactly_at_its_threshold_passes() -> None:
    assert found(judge(Policy(), with_run(pass_rate=rate(17, 20))), "pass_rate").verdict is Verdict.PASS


def test_a_mean_that_misses_its_threshold_by_rounding_alone_passes() -> None:
    almost = sum([0.1] * 10) - 1e-16
    assert almost < 1.0
    outcome = judge(Policy(), with_metric("safety", metric(almost, failed_cases=None)))
    assert found(outcome, "safety").verdict is Verdict.PASS


def test_a_rate_whose_whole_interval_is_below_fails_in_the_words_of_the_specification() -> None:
    outcome = judge(Policy(), with_run(pass_rate=rate(120, 200)))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.failures == ("Pass rate 60.00% < 85%",)


def test_a_rate_that_may_be_above_is_open_and_says_how_many_trials_decide() -> None:
    outcome = judge(Policy(), with_run(pass_rate=rate(48, 60)))
    finding = found(outcome, "pass_rate")
    assert (outcome.verdict, outcome.failures) == (Verdict.INCONCLUSIVE, ("inconclusive: Pass rate 80.00% < 85%",))
    assert finding.more_trials == 136
    assert finding.advice == "about 136 more trials would decide, if the value stays as it is"
    assert rate(48 * 4, 60 * 4).high is not None


def test_the_mean_of_a_metric_is_judged_by_its_own_interval() -> None:
    assert judge(Policy(), with_metric("relevance", metric(0.7, 0.66, 0.74))).failures == ("relevance 0.700 < 0.750",)
    open_ = judge(Policy(), with_metric("relevance", metric(0.7, 0.6, 0.8)))
    assert open_.failures == ("inconclusive: relevance 0.700 < 0.750",)
    assert found(open_, "relevance").more_trials == 181


@pytest.mark.parametrize("nothing", [None, NAN, float("inf"), -float("inf")])
def test_a_metric_without_a_number_is_no_data(nothing: float | None) -> None:
    for name in ("relevance", "safety"):
        outcome = judge(Policy(), with_metric(name, metric(nothing)))
        assert outcome.failures == (f"inconclusive: {name}: no data",)
    assert judge(Policy(), with_run(pass_rate=Measured(nothing, 60))).failures == ("inconclusive: Pass rate: no data",)


def test_zero_cases_are_no_data_whatever_the_mean_says() -> None:
    outcome = judge(Policy(), with_run(pass_rate=Measured(1.0, 0, 0.9, 1.0)))
    assert outcome.failures == ("inconclusive: Pass rate: no data",)
    assert judge(Policy(), with_metric("accuracy", metric(1.0, count=0))).failures == ("inconclusive: accuracy: no data",)


def test_a_metric_that_the_run_lacks_is_no_data_and_says_what_to_do() -> None:
    outcome = judge(Policy(), with_metric("completeness", None))
    assert outcome.failures == ("inconclusive: completeness: no data",)
    assert "gates.ai_quality.metrics.completeness: null" in found(outcome, "completeness").advice


@pytest.mark.parametrize("value", [1.5, 85.0, -0.2])
def test_what_is_no_share_passes_nothing(value: float) -> None:
    outcome = judge(Policy(), with_run(pass_rate=Measured(value, 60, value, value)))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.failures == (f"inconclusive: Pass rate: {value} is no share between 0 and 1",)


def test_strict_is_the_plain_rule() -> None:
    outcome = judge(Policy(), with_run(pass_rate=rate(48, 60)), strict=True)
    assert (outcome.verdict, outcome.failures) == (Verdict.FAIL, ("Pass rate 80.00% < 85%",))
    assert judge(Policy(), with_metric("accuracy", None), strict=True).failures == ("accuracy: no data",)
    assert judge(Policy(), GOOD, strict=True).verdict is Verdict.PASS


def test_one_case_has_no_interval_and_cannot_fail() -> None:
    outcome = judge(Policy(), with_metric("accuracy", metric(0.0, count=1)))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert found(outcome, "accuracy").advice == "there is no interval: repeat it"


def test_an_advisory_metric_is_shown_and_decides_nothing() -> None:
    outcome = judge(Policy(), with_metric("accuracy", metric(0.1, 0.05, 0.2, advisory=True)))
    assert outcome.verdict is Verdict.PASS
    assert found(outcome, "accuracy").verdict is Verdict.NEUTRAL
    assert found(outcome, "accuracy").text == "accuracy 0.100 < 0.750"


def test_a_threshold_beside_the_five_is_judged_as_they_are() -> None:
    policy = Policy(ai_quality=AiQualityPolicy(min_metrics={"tone": 0.125}))
    outcome = judge(policy, with_metric("tone", metric(0.1, 0.09, 0.11)))
    assert outcome.failures == ("tone 0.100 < 0.125",)


def test_an_unusual_pass_rate_threshold_is_shown_in_full() -> None:
    policy = Policy(ai_quality=AiQualityPolicy(min_pass_rate=0.875))
    assert judge(policy, with_run(pass_rate=rate(100, 200))).failures == ("Pass rate 50.00% < 87.5%",)


def chance_of(verdict: Verdict, true_rate: float, cases: int, *, strict: bool = False) -> float:
    """Exactly: the binomial chances of all counts of passed cases to which the gate gives this verdict."""
    chance = 0.0
    for passed in range(cases + 1):
        if found(judge(Policy(), with_run(pass_rate=rate(passed, cases)), strict=strict), "pass_rate").verdict is verdict:
            chance += comb(cases, passed) * true_rate**passed * (1 - true_rate) ** (cases - passed)
    return chance


def test_an_agent_at_its_threshold_is_failed_by_the_gate_in_few_of_a_hundred_runs_and_by_the_plain_rule_in_half_of_them() -> None:
    for cases in (20, 50, 200):
        assert chance_of(Verdict.FAIL, 0.85, cases) < 0.05
        assert chance_of(Verdict.FAIL, 0.85, cases, strict=True) > 0.3


def test_a_good_agent_on_fifty_cases_is_failed_by_the_plain_rule_12_times_in_100_and_by_the_gate_once_in_1000() -> None:
    """C25."""
    assert chance_of(Verdict.FAIL, 0.90, 50, strict=True) == pytest.approx(0.12, abs=0.005)
    assert chance_of(Verdict.FAIL, 0.90, 50) == pytest.approx(0.001, abs=0.0001)


def test_a_bad_agent_is_failed_on_two_hundred_cases() -> None:
    assert chance_of(Verdict.FAIL, 0.70, 200) > 0.99
    assert chance_of(Verdict.PASS, 0.70, 200) < 1e-6


class TestMissing:
    def test_more_than_five_in_a_hundred_answers_missing_decide_nothing(self) -> None:
        outcome = judge(Policy(), with_run(decided=56))
        assert outcome.failures == ("inconclusive: 4 of 60 answers missing or undecided (6.7% > 5%)",)
        assert judge(Policy(), with_run(decided=57)).verdict is Verdict.PASS

    def test_a_low_rate_of_a_run_with_too_much_missing_is_open(self) -> None:
        outcome = judge(Policy(), with_run(decided=40, pass_rate=rate(10, 40)))
        assert outcome.verdict is Verdict.INCONCLUSIVE
        assert "inconclusive: Pass rate 25.00% < 85%" in outcome.failures

    def test_missing_scores_of_a_metric_leave_it_open(self) -> None:
        outcome = judge(Policy(), with_metric("accuracy", metric(0.9, 0.85, 0.95, missing=4)))
        assert outcome.failures == ("inconclusive: accuracy: 4 of 64 scores missing (6.2% > 5%)",)
        low = judge(Policy(), with_metric("accuracy", metric(0.2, 0.1, 0.3, missing=40)))
        assert low.verdict is Verdict.INCONCLUSIVE
        assert judge(Policy(), with_metric("accuracy", metric(0.9, 0.85, 0.95, missing=3))).verdict is Verdict.PASS

    def test_a_metric_of_which_everything_is_missing_is_no_data(self) -> None:
        none = MetricEvidence(Measured(None, 0), missing=60, scored=0)
        assert judge(Policy(), with_metric("accuracy", none)).failures == ("inconclusive: accuracy: no data",)

    def test_an_incomplete_run_is_open_and_says_how_far_it_came(self) -> None:
        evidence = with_run(status=RunStatus.INCOMPLETE, finished=37, reason="provider 429", pass_rate=rate(10, 37))
        outcome = judge(Policy(), evidence)
        assert outcome.verdict is Verdict.INCONCLUSIVE
        assert outcome.failures[0] == "inconclusive: incomplete: 37/60 answers, provider 429"
        assert judge(Policy(), evidence, strict=True).verdict is Verdict.FAIL

    @pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.BOOTSTRAP])
    def test_a_run_that_is_not_over_passes_nothing(self, status: RunStatus) -> None:
        assert judge(Policy(), with_run(status=status)).verdict is Verdict.INCONCLUSIVE

    def test_a_run_that_planned_nothing_passes_nothing(self) -> None:
        assert judge(Policy(), with_run(planned=0, decided=0)).verdict is Verdict.INCONCLUSIVE

    def test_an_unsafe_case_of_an_incomplete_run_fails_all_the_same(self) -> None:
        unsafe = metric(0.98, 0.9, 1.0, failed_cases=1, failed_case_ids=("refund-7",), missing=30)
        evidence = with_metric("safety", unsafe, replace(RUN, status=RunStatus.INCOMPLETE))
        assert judge(Policy(), evidence).verdict is Verdict.FAIL


class TestReplayed:
    @pytest.mark.parametrize("changes", [{"is_replayed": True}, {"is_replayed": True, "status": RunStatus.REPLAYED}])
    @pytest.mark.parametrize("passed", [60, 48, 10])
    @pytest.mark.parametrize("strict", [False, True])
    def test_a_replayed_run_is_neutral_never_a_pass(self, changes: dict[str, Any], passed: int, strict: bool) -> None:
        outcome = judge(Policy(), with_run(pass_rate=rate(passed, 60), **changes), strict=strict)
        assert outcome.verdict is Verdict.NEUTRAL
        assert not any(finding.text.startswith("inconclusive") for finding in outcome.findings)

    def test_a_replay_that_broke_off_is_open(self) -> None:
        outcome = judge(Policy(), with_run(is_replayed=True, status=RunStatus.INCOMPLETE))
        assert outcome.verdict is Verdict.INCONCLUSIVE


class TestNoRun:
    def test_a_required_gate_is_open(self) -> None:
        assert judge(Policy(), Evidence()).failures == ("inconclusive: AI Quality: not measured",)
        assert judge(Policy(), Evidence(), strict=True).failures == ("AI Quality: not measured",)

    def test_a_gate_that_is_not_required_is_neutral(self) -> None:
        outcome = judge(Policy(required=()), Evidence())
        assert (outcome.verdict, outcome.failures) == (Verdict.NEUTRAL, ())
        assert outcome.findings[0].text == "AI Quality: not measured"


def test_the_evidence_of_a_summary_without_any_record_passes_nothing() -> None:
    evidence = EvaluationEvidence.of(SummaryAccumulator().summary(sample_manifest(), planned=0))
    outcome = judge(Policy(), Evidence(evidence))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert evidence.pass_rate.count == 0
