from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.cost import judge
from goldfinch.core.gates.evidence import Evidence, HighestCost, RequestCost
from goldfinch.core.gates.outcome import Finding, GateOutcome
from goldfinch.core.gates.policy import CostPolicy, Policy
from goldfinch.core.results.summary import CostSummary
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import GOOD, RUN

NAN = float("nan")


def judged(cost: RequestCost, *, baseline: float | None = None, strict: bool = False, **more: HighestCost) -> GateOutcome:
    evidence = Evidence(replace(RUN, cost=cost), baseline_cost=baseline, complex_tasks=more.get("tasks"), test_costs=more.get("tests"))
    return judge(Policy(), evidence, strict=strict)


def found(outcome: GateOutcome, name: str) -> Finding:
    return next(finding for finding in outcome.findings if finding.name == name)


def test_cheap_answers_pass_in_every_scope() -> None:
    outcome = judge(Policy(), replace(GOOD, complex_tasks=HighestCost(0.1, "plan", 4), test_costs=HighestCost(0.01, "t", 9)))
    assert outcome.verdict is Verdict.PASS
    assert [finding.text for finding in outcome.findings] == [
        "Avg cost $0.030 ≤ $0.15",
        "Cost changed by +0.0%, at most 20%",
        "Complex task plan cost $0.100 ≤ $0.20, the dearest of 4",
        "Run cost $1.800 ≤ $5.00",
        "Test t cost $0.010 ≤ $0.05, the dearest of 9",
    ]


def test_each_of_the_four_scopes_fails_by_itself_in_its_own_words() -> None:
    dear = HighestCost(0.25, "plan", 4), HighestCost(0.06, "test_x", 9)
    outcome = judged(RequestCost(0.2, 60, 0, 12.0), baseline=0.16, tasks=dear[0], tests=dear[1])
    assert outcome.failures == (
        "Avg cost $0.200 > $0.15",
        "Cost increased 25.0% > 20%",
        "Complex task plan cost $0.250 > $0.20",
        "Run cost $12.000 > $5.00",
        "Test test_x cost $0.060 > $0.05",
    )
    assert outcome.verdict is Verdict.FAIL


@pytest.mark.parametrize(("now", "baseline", "fails"), [(0.12, 0.10, False), (0.121, 0.10, True), (0.10, 0.12, False)])
def test_an_increase_beyond_a_fifth_fails(now: float, baseline: float, fails: bool) -> None:
    assert (found(judged(RequestCost(now, 60), baseline=baseline), "cost_increase").verdict is Verdict.FAIL) is fails


class TestBaseline:
    def test_a_baseline_that_cost_nothing_is_a_baseline(self) -> None:
        outcome = judged(RequestCost(0.01, 60, 0, 0.6), baseline=0.0)
        assert outcome.failures == ("Cost increased inf% > 20%",)
        assert found(outcome, "cost_increase").advice == "the baseline cost nothing"
        assert judged(RequestCost(0.0, 60, 0, 0.0), baseline=0.0).verdict is Verdict.PASS

    def test_no_baseline_decides_nothing(self) -> None:
        finding = found(judged(RequestCost(0.01, 60, 0, 0.6)), "cost_increase")
        assert (finding.verdict, finding.text) == (Verdict.NEUTRAL, "Cost increase: there is no baseline")

    @pytest.mark.parametrize("baseline", [NAN, float("inf"), -0.1])
    def test_a_baseline_that_is_no_amount_passes_nothing(self, baseline: float) -> None:
        assert judged(RequestCost(0.01, 60, 0, 0.6), baseline=baseline).failures == ("inconclusive: Cost increase: no data",)


class TestUnknown:
    @pytest.mark.parametrize("mean", [None, NAN, float("inf"), -0.01])
    def test_a_cost_that_is_no_amount_is_no_data(self, mean: float | None) -> None:
        outcome = judged(RequestCost(mean, 60, 0, 1.0), baseline=0.1)
        assert outcome.failures == ("inconclusive: Cost per request: no data", "inconclusive: Cost increase: no data")

    def test_answers_of_unknown_price_never_pass(self) -> None:
        outcome = judged(RequestCost(0.01, 57, 3, 0.57), baseline=0.01)
        assert outcome.verdict is Verdict.INCONCLUSIVE
        assert outcome.failures == (
            "inconclusive: Avg cost: 3 of 60 answers without a known price",
            "inconclusive: Cost increase: 3 of 60 answers without a known price",
            "inconclusive: Run cost: 3 answers without a known price",
        )

    def test_what_is_known_can_be_too_much_for_certain(self) -> None:
        outcome = judged(RequestCost(0.4, 30, 30, 12.0))
        assert found(outcome, "cost_per_request").text == "Avg cost $0.200 > $0.15"
        assert found(outcome, "cost_per_request").verdict is found(outcome, "cost_per_run").verdict is Verdict.FAIL

    def test_nothing_known_at_all_is_no_data(self) -> None:
        outcome = judged(RequestCost(None, 0, 60, None))
        assert outcome.failures == ("inconclusive: Cost per request: no data", "inconclusive: Cost of the run: no data")
        assert "prices:" in found(outcome, "cost_per_request").advice

    def test_an_unknown_price_of_the_judge_leaves_the_runs_total_open(self) -> None:
        evidence = Evidence(replace(RUN, judge_cost_unknown=2))
        assert judge(Policy(), evidence).failures == ("inconclusive: Run cost: 2 answers without a known price",)

    def test_a_complex_task_of_unknown_price_is_open(self) -> None:
        some = judged(RUN.cost, tasks=HighestCost(0.1, "plan", 4, 1))
        assert some.failures == ("inconclusive: Complex task: 1 of 4 complex tasks without a known price",)
        none = judged(RUN.cost, tasks=HighestCost(None, "", 1, 1))
        assert none.failures == ("inconclusive: Complex task: 1 of 1 complex task without a known price",)


def test_the_highest_cost_is_that_of_the_dearest_and_counts_the_unknown() -> None:
    assert HighestCost.of([("a", 0.1), ("b", 0.3), ("c", None), ("d", NAN), ("e", -1.0)]) == HighestCost(0.3, "b", 5, 3)
    assert HighestCost.of([]) == HighestCost(None)


def test_the_cost_of_a_run_counts_its_judge_and_what_was_paid_for_nothing() -> None:
    cost = RequestCost.of(CostSummary(1.0, 10, 0, 0.1, lost_usd=0.5), CostSummary(2.0, 10, 0, 0.2, lost_usd=0.25))
    assert (cost.mean, cost.total) == (0.1, 3.75)
    assert RequestCost.of(CostSummary(0.0, 0, 5, None), CostSummary(0.0, 0, 0, None)).total is None


def test_costs_of_a_replayed_run_are_neutral() -> None:
    outcome = judge(Policy(), Evidence(replace(RUN, is_replayed=True, cost=RequestCost(0.9, 60, 0, 54.0)), baseline_cost=0.1))
    assert outcome.verdict is Verdict.NEUTRAL
    tests = Evidence(replace(RUN, is_replayed=True), test_costs=HighestCost(0.06, "t", 1))
    assert judge(Policy(), tests).verdict is Verdict.FAIL


def test_only_tests_spent_anything() -> None:
    outcome = judge(Policy(required=()), Evidence(test_costs=HighestCost(0.01, "t", 3)))
    assert outcome.verdict is Verdict.PASS
    assert judge(Policy(), Evidence(test_costs=HighestCost(0.01, "t", 3))).verdict is Verdict.INCONCLUSIVE


def test_an_unusual_limit_is_shown_in_full() -> None:
    policy = Policy(cost=CostPolicy(max_per_request=0.125, max_increase=0.075))
    outcome = judge(policy, Evidence(replace(RUN, cost=RequestCost(0.2, 60, 0, 1.0)), baseline_cost=0.1))
    assert outcome.failures == ("Avg cost $0.200 > $0.125", "Cost increased 100.0% > 7.5%")


def test_no_evidence_is_not_measured() -> None:
    assert judge(Policy(), Evidence()).failures == ("inconclusive: Cost: not measured",)
    assert judge(Policy(required=()), Evidence()).verdict is Verdict.NEUTRAL
