from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.evidence import BenchmarkEvidence, Evidence, Measured, ScenarioEvidence
from goldfinch.core.gates.outcome import GateOutcome
from goldfinch.core.gates.performance import judge
from goldfinch.core.gates.policy import PerformancePolicy, Policy, ScenarioPolicy
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import BENCHMARK, GOOD

FAST = Measured(900.0, 600, 850.0, 960.0)
MANY = Measured(42.0, 600, 40.0, 44.0)


def judged(
    latency: Measured = FAST, rps: Measured = MANY, policy: PerformancePolicy | None = None, *, name: str = "chat", strict: bool = False
) -> GateOutcome:
    evidence = Evidence(benchmark=BenchmarkEvidence((ScenarioEvidence(name, latency, rps),)))
    return judge(Policy(performance=policy or PerformancePolicy()), evidence, strict=strict)


def test_a_fast_scenario_passes() -> None:
    outcome = judge(Policy(), GOOD)
    assert outcome.verdict is Verdict.PASS
    assert [finding.text for finding in outcome.findings] == [
        "chat: P95 latency 900.0ms ≤ 2000ms (95 % CI 850–960, n 600)",
        "chat: Throughput 42.0 rps ≥ 10 rps (95 % CI 40.0–44.0, n 600)",
    ]


def test_what_is_slow_for_certain_fails_in_the_words_of_the_specification() -> None:
    outcome = judged(Measured(2134.5, 600, 2050.0, 2300.0), Measured(8.5, 600, 8.0, 9.0), name="")
    assert outcome.verdict is Verdict.FAIL
    assert outcome.failures == ("P95 latency 2134.5ms > 2000ms", "Throughput 8.5 rps < 10 rps")


def test_what_may_be_fast_enough_is_open() -> None:
    outcome = judged(Measured(2100.0, 600, 1900.0, 2300.0))
    assert outcome.failures == ("inconclusive: chat: P95 latency 2100.0ms > 2000ms",)
    assert outcome.findings[0].more_trials == 1801


def test_a_percentile_of_few_requests_decides_nothing_though_it_is_low() -> None:
    outcome = judged(Measured(900.0, 10, 700.0, 1900.0))
    assert outcome.failures == ("inconclusive: chat: P95 latency 900.0ms of 10 requests, 200 needed",)
    assert (outcome.findings[0].more_trials, outcome.findings[0].advice) == (190, "190 more requests would do")
    assert judged(Measured(900.0, 10), policy=PerformancePolicy(min_requests=10)).verdict is Verdict.PASS
    assert judged(Measured(900.0, 10), strict=True).verdict is Verdict.PASS


def test_each_scenario_has_its_own_limits() -> None:
    policy = PerformancePolicy(scenarios={"chat": ScenarioPolicy(9000, 1), "report": ScenarioPolicy(min_requests_per_second=0)})
    slow = Measured(4000.0, 600, 3900.0, 4100.0)
    scenarios = (ScenarioEvidence("chat", slow, Measured(2.0, 600, 1.9, 2.1)), ScenarioEvidence("report", slow, MANY))
    outcome = judge(Policy(performance=policy), Evidence(benchmark=BenchmarkEvidence(scenarios)))
    assert outcome.failures == ("report: P95 latency 4000.0ms > 2000ms",)


def test_a_scenario_with_limits_that_was_not_run_is_no_data() -> None:
    policy = PerformancePolicy(scenarios={"report": ScenarioPolicy(9000)})
    assert judged(policy=policy).failures == ("inconclusive: Scenario report: no data",)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_figures_that_are_none_are_no_data(nothing: float | None) -> None:
    outcome = judged(Measured(nothing, 600), Measured(nothing, 600))
    assert outcome.failures == ("inconclusive: chat: P95 latency: no data", "inconclusive: chat: Throughput: no data")
    assert judged(Measured(900.0, 0)).failures == ("inconclusive: chat: P95 latency: no data",)


def test_a_negative_latency_passes_nothing() -> None:
    assert judged(Measured(-1.0, 600)).failures == ("inconclusive: chat: P95 latency: -1.0 is no amount from 0",)


def test_digits_are_shown_where_they_make_the_difference() -> None:
    assert judged(Measured(2000.0004, 600, 2000.0002, 2001.0), name="", strict=True).failures == ("P95 latency 2000.0004ms > 2000ms",)
    assert judged(Measured(2134.56789, 600), name="", strict=True).failures == ("P95 latency 2134.568ms > 2000ms",)
    assert judged(Measured(2500, 600), name="", strict=True).failures == ("P95 latency 2500ms > 2000ms",)


def test_an_invalid_benchmark_decides_nothing() -> None:
    slow = ScenarioEvidence("chat", Measured(4000.0, 600, 3900.0, 4100.0), MANY)
    outcome = judge(Policy(), Evidence(benchmark=BenchmarkEvidence((slow,), "the load generator was overloaded")))
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.failures[0] == "inconclusive: the benchmark is invalid: the load generator was overloaded"
    fast = replace(BENCHMARK, invalid="overloaded")
    assert judge(Policy(), Evidence(benchmark=fast)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("evidence", [Evidence(), Evidence(benchmark=BenchmarkEvidence(()))])
def test_no_benchmark_is_not_measured(evidence: Evidence) -> None:
    assert judge(Policy(), evidence).failures == ("inconclusive: Performance: not measured",)
    assert judge(Policy(required=()), evidence).verdict is Verdict.NEUTRAL


UNMEASURED = ScenarioEvidence("load", FAST, Measured(None), why_no_throughput="the rate was asked for")
CHAT = ScenarioEvidence("chat", FAST, MANY)


def of(*scenarios: ScenarioEvidence, policy: PerformancePolicy | None = None, strict: bool = False) -> GateOutcome:
    return judge(Policy(performance=policy or PerformancePolicy()), Evidence(benchmark=BenchmarkEvidence(scenarios)), strict=strict)


def test_another_scenario_shows_the_throughput_that_an_open_loop_cannot() -> None:
    outcome = of(UNMEASURED, CHAT)
    assert outcome.verdict is Verdict.PASS
    assert "load: Throughput: not measured, the rate was asked for" in [finding.text for finding in outcome.findings]


def test_without_any_throughput_the_gate_is_open_and_says_what_to_do() -> None:
    outcome = of(UNMEASURED)
    assert (outcome.verdict, outcome.failures) == (Verdict.INCONCLUSIVE, ("inconclusive: Throughput: no data",))
    assert "closed loop" in outcome.findings[-1].advice
    assert of(UNMEASURED, strict=True).verdict is Verdict.FAIL


def test_a_limit_of_its_own_makes_an_open_loop_scenario_open() -> None:
    outcome = of(UNMEASURED, CHAT, policy=PerformancePolicy(scenarios={"load": ScenarioPolicy(min_requests_per_second=20)}))
    assert outcome.failures == ("inconclusive: load: Throughput: not measured, the rate was asked for",)
