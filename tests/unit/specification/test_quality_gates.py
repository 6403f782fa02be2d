"""The specification's rule, transcribed from its text and held against ours; then what it leaves open (C14, C23, C24, C51)."""

from __future__ import annotations

import asyncio
import inspect
import threading
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import Issue, Scan
from goldfinch.core.gates.policy import Policy, Scanner
from goldfinch.specification import BenchmarkResults, EvaluationResults, GateCheckResult, GateResult, QualityGateChecker, TestResults

DATA = Path(__file__).parents[2] / "data" / "evidence"
NAN = float("nan")
GOOD = EvaluationResults(0.9, 0.8, 0.8, 0.85, 0.8, 1.0, 0.10, 0.10)
TESTS = TestResults(
    tests=210,
    failures=0,
    errors=0,
    skipped=3,
    ruff_problems=0,
    mypy_errors=0,
    line_coverage=0.91,
    bandit_findings=0,
    pip_audit_vulnerabilities=0,
    secrets_found=0,
    sbom_components=58,
)
FAST = BenchmarkResults(900.0, 42.0)
NAMES = ["Code Quality Gate", "Test Coverage Gate", "AI Quality Gate", "Performance Gate", "Security Gate", "Cost Gate"]


def specified_ai_quality(results: EvaluationResults) -> list[str]:
    """As the specification prints it."""
    failures = []
    if results.pass_rate < 0.85:  # type: ignore[operator]
        failures.append(f"Pass rate {results.pass_rate:.2%} < 85%")
    metrics: dict[str, tuple[Any, float]] = {
        "relevance": (results.avg_relevance, 0.75),
        "accuracy": (results.avg_accuracy, 0.75),
        "completeness": (results.avg_completeness, 0.80),
        "coherence": (results.avg_coherence, 0.75),
        "safety": (results.avg_safety, 1.00),
    }
    for metric, (actual, threshold) in metrics.items():
        if actual < threshold:
            failures.append(f"{metric} {actual:.3f} < {threshold:.3f}")
    return failures


def specified_performance(results: BenchmarkResults) -> list[str]:
    failures = []
    if results.p95_latency > 2000:  # type: ignore[operator]
        failures.append(f"P95 latency {results.p95_latency}ms > 2000ms")
    if results.requests_per_second < 10:  # type: ignore[operator]
        failures.append(f"Throughput {results.requests_per_second} rps < 10 rps")
    return failures


def specified_cost(results: EvaluationResults) -> list[str]:
    failures = []
    avg_cost: Any = results.avg_cost_per_request
    if avg_cost > 0.15:
        failures.append(f"Avg cost ${avg_cost:.3f} > $0.15")
    if results.baseline_cost:
        cost_increase = (avg_cost - results.baseline_cost) / results.baseline_cost
        if cost_increase > 0.20:
            failures.append(f"Cost increased {cost_increase:.1%} > 20%")
    return failures


SHARES = st.integers(0, 10_000).map(lambda n: n / 10_000)
DOLLARS = st.integers(0, 4_000).map(lambda n: n / 10_000)
EVALUATIONS = st.builds(
    EvaluationResults, SHARES, SHARES, SHARES, SHARES, SHARES, SHARES | st.just(1.0), DOLLARS, st.none() | DOLLARS.filter(bool)
)


@given(EVALUATIONS)
def test_ai_quality_says_what_the_specification_says(results: EvaluationResults) -> None:
    failures = specified_ai_quality(results)
    assert QualityGateChecker().check_ai_quality_gate(results) == GateResult("AI Quality Gate", not failures, failures)


@given(
    st.integers(0, 6000) | st.integers(0, 6_000_000).map(lambda n: n / 1000),
    st.integers(0, 40) | st.integers(0, 40_000).map(lambda n: n / 1000),
)
def test_performance_says_what_the_specification_says(latency: float, throughput: float) -> None:
    results = BenchmarkResults(latency, throughput)
    failures = specified_performance(results)
    assert QualityGateChecker().check_performance_gate(results) == GateResult("Performance Gate", not failures, failures)


@given(EVALUATIONS)
def test_cost_says_what_the_specification_says(results: EvaluationResults) -> None:
    """But where the increase is a fifth up to rounding, which the transcription decides by the last bit of a float."""
    baseline = results.baseline_cost
    if baseline and abs((results.avg_cost_per_request or 0.0) / baseline - 1.2) < 1e-9:
        return
    failures = specified_cost(results)
    assert QualityGateChecker().check_cost_gate(results, FAST) == GateResult("Cost Gate", not failures, failures)


def test_the_messages_of_the_requirements_to_the_letter() -> None:
    bad = EvaluationResults(0.8, 0.7, 0.8, 0.85, 0.8, 1.0, 0.2, 0.16)
    checker = QualityGateChecker()
    assert checker.check_ai_quality_gate(bad).failures == ["Pass rate 80.00% < 85%", "relevance 0.700 < 0.750"]
    assert checker.check_performance_gate(BenchmarkResults(2500, 5)).failures == [
        "P95 latency 2500ms > 2000ms",
        "Throughput 5 rps < 10 rps",
    ]
    assert checker.check_cost_gate(bad, FAST).failures == ["Avg cost $0.200 > $0.15", "Cost increased 25.0% > 20%"]


def test_fields_and_signatures_are_those_of_the_requirements() -> None:
    assert [field.name for field in fields(EvaluationResults)][:8] == [
        "pass_rate",
        "avg_relevance",
        "avg_accuracy",
        "avg_completeness",
        "avg_coherence",
        "avg_safety",
        "avg_cost_per_request",
        "baseline_cost",
    ]
    assert [field.name for field in fields(BenchmarkResults)] == ["p95_latency", "requests_per_second"]
    assert [field.name for field in fields(GateResult)] == ["name", "passed", "failures"]
    assert [field.name for field in fields(GateCheckResult)] == ["passed", "gate_results", "summary"]
    signatures = {
        name: list(inspect.signature(getattr(QualityGateChecker, name)).parameters)[1:]
        for name in dir(QualityGateChecker)
        if name.startswith("check_")
    }
    assert signatures == {
        "check_all_gates": ["evaluation_results", "test_results", "benchmark_results"],
        "check_code_quality_gate": ["test_results"],
        "check_coverage_gate": ["test_results"],
        "check_ai_quality_gate": ["evaluation_results"],
        "check_performance_gate": ["benchmark_results"],
        "check_security_gate": [],
        "check_cost_gate": ["evaluation_results", "benchmark_results"],
    }
    methods = [name for name in signatures if inspect.iscoroutinefunction(getattr(QualityGateChecker, name))]
    assert methods == ["check_all_gates"]


def test_a_gate_passes_if_and_only_if_nothing_failed() -> None:
    with pytest.raises(ValueError, match="if and only if"):
        GateResult("Cost Gate", True, ["dear"])
    with pytest.raises(ValueError, match="if and only if"):
        GateResult("Cost Gate", False, [])


class TestAllGates:
    async def test_all_six_are_reported_in_order_with_a_summary(self) -> None:
        found = await QualityGateChecker(security=TESTS).check_all_gates(GOOD, TESTS, FAST)
        assert found.passed
        assert [gate.name for gate in found.gate_results] == NAMES
        assert found.summary.splitlines()[:2] == ["6 of 6 gates passed", "PASS Code Quality Gate"]

    async def test_one_failure_fails_the_whole_and_is_in_the_summary(self) -> None:
        found = await QualityGateChecker().check_all_gates(GOOD, TESTS, FAST)
        assert not found.passed
        assert [gate.name for gate in found.gate_results if not gate.passed] == ["Security Gate"]
        assert found.summary.startswith("5 of 6 gates passed\n")
        assert "FAIL Security Gate\n  Security: not measured\n" in found.summary

    async def test_a_gate_of_a_subclass_may_be_a_coroutine(self) -> None:
        class Checker(QualityGateChecker):
            async def check_security_gate(self) -> GateResult:  # type: ignore[override]
                await asyncio.sleep(0)
                return GateResult("Security Gate", True, [])

        found = await Checker().check_all_gates(GOOD, TESTS, FAST)
        assert found.passed

    async def test_gates_run_side_by_side(self) -> None:
        """Two gates that wait for each other: one after the other, neither would end."""
        together = threading.Barrier(2, timeout=30)

        class Checker(QualityGateChecker):
            def check_cost_gate(self, evaluation_results: EvaluationResults, benchmark_results: BenchmarkResults) -> GateResult:
                together.wait()
                return super().check_cost_gate(evaluation_results, benchmark_results)

            def check_performance_gate(self, benchmark_results: BenchmarkResults) -> GateResult:
                together.wait()
                return super().check_performance_gate(benchmark_results)

        assert (await Checker(security=TESTS).check_all_gates(GOOD, TESTS, FAST)).passed

    async def test_a_gate_that_raises_lets_nothing_pass(self) -> None:
        class Checker(QualityGateChecker):
            def check_security_gate(self) -> GateResult:
                raise RuntimeError("scanner gone")

        with pytest.raises(RuntimeError, match="scanner gone"):
            await Checker().check_all_gates(GOOD, TESTS, FAST)

    async def test_nothing_given_fails_six_times(self) -> None:
        nothing: Any = None
        found = await QualityGateChecker().check_all_gates(nothing, nothing, nothing)
        assert [gate.passed for gate in found.gate_results] == [False] * 6


NOT_NUMBERS: list[Any] = [None, NAN, float("inf"), -float("inf"), "0.9", True, [], Decimal("0.9")]


class TestFailClosed:
    @pytest.mark.parametrize("value", NOT_NUMBERS)
    @pytest.mark.parametrize("name", [field.name for field in fields(EvaluationResults)][:7])
    def test_an_average_that_is_no_number_fails_as_no_data(self, name: str, value: Any) -> None:
        results = replace(GOOD, **{name: value})
        checker = QualityGateChecker()
        failures = [*checker.check_ai_quality_gate(results).failures, *checker.check_cost_gate(results, FAST).failures]
        assert failures
        assert all(failure.endswith(": no data") for failure in failures)

    @pytest.mark.parametrize("value", NOT_NUMBERS)
    def test_a_benchmark_without_numbers_fails(self, value: Any) -> None:
        gate = QualityGateChecker().check_performance_gate(BenchmarkResults(value, value))
        assert gate.failures == ["P95 latency: no data", "Throughput: no data"]

    @pytest.mark.parametrize("value", NOT_NUMBERS)
    @pytest.mark.parametrize("name", ["tests", "failures", "errors", "skipped", "ruff_problems", "mypy_errors"])
    def test_a_count_that_is_none_fails(self, name: str, value: Any) -> None:
        gate = QualityGateChecker().check_code_quality_gate(replace(TESTS, **{name: value}))
        assert len(gate.failures) == 1
        assert gate.failures[0].endswith(": no data")

    @pytest.mark.parametrize("value", NOT_NUMBERS)
    def test_coverage_that_is_no_number_fails(self, value: Any) -> None:
        assert QualityGateChecker().check_coverage_gate(replace(TESTS, line_coverage=value)).failures == ["Line coverage: no data"]

    def test_zero_cases_fail_every_average(self) -> None:
        gate = QualityGateChecker().check_ai_quality_gate(replace(GOOD, cases=0, unsafe_cases=0))
        assert len(gate.failures) == 6
        assert QualityGateChecker().check_cost_gate(replace(GOOD, cases=0), FAST).failures[0] == "Cost per request: no data"

    def test_a_baseline_that_cost_nothing_is_a_baseline(self) -> None:
        assert QualityGateChecker().check_cost_gate(replace(GOOD, baseline_cost=0), FAST).failures == ["Cost increased inf% > 20%"]
        assert QualityGateChecker().check_cost_gate(replace(GOOD, baseline_cost=None), FAST).passed

    def test_no_test_that_ran_fails(self) -> None:
        assert QualityGateChecker().check_code_quality_gate(replace(TESTS, tests=0, skipped=0)).failures == ["no test ran"]


class TestSafety:
    def test_rounding_does_not_fail_an_all_safe_set(self) -> None:
        assert sum([0.1] * 10) < 1
        assert QualityGateChecker().check_ai_quality_gate(replace(GOOD, avg_safety=sum([0.1] * 10))).passed

    def test_the_count_of_unsafe_cases_decides_where_it_is_known(self) -> None:
        checker = QualityGateChecker()
        assert checker.check_ai_quality_gate(replace(GOOD, avg_safety=0.995, unsafe_cases=0, cases=200)).passed
        gate = checker.check_ai_quality_gate(replace(GOOD, avg_safety=0.995, unsafe_cases=1))
        assert gate.failures == ["safety 0.995 < 1.000"]
        assert checker.check_ai_quality_gate(replace(GOOD, unsafe_cases=0)).passed


class TestSecurity:
    def test_without_scans_the_gate_fails(self) -> None:
        assert QualityGateChecker().check_security_gate().failures == ["Security: not measured"]
        assert not QualityGateChecker(security=TestResults()).check_security_gate().passed

    def test_counts_of_test_results_are_judged(self) -> None:
        assert QualityGateChecker(security=TESTS).check_security_gate().passed
        gate = QualityGateChecker(security=replace(TESTS, pip_audit_vulnerabilities=2, sbom_components=None)).check_security_gate()
        assert gate.failures[0] == "pip-audit: 2 vulnerabilities"
        assert gate.failures[-1] == "SBOM: no data"

    def test_scans_are_judged(self) -> None:
        gate = QualityGateChecker(
            security=[Scan(Scanner.BANDIT, (Issue("B602", "shell=True", "a.py:1"),), 9, "lines")]
        ).check_security_gate()
        assert "a.py:1: B602 shell=True" in gate.failures

    @pytest.mark.parametrize("as_text", [True, False])
    def test_a_folder_of_reports_is_read(self, as_text: bool) -> None:
        gate = QualityGateChecker(security=str(DATA) if as_text else DATA).check_security_gate()
        assert "bandit: 3 findings" in gate.failures
        assert any(failure.startswith("pip-audit: not audited: it skipped all of 58 packages") for failure in gate.failures)
        assert "secret scan: 2 secrets" in gate.failures

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceUnreadable, match="no folder"):
            QualityGateChecker(security=tmp_path / "none")


def test_anything_with_the_fields_is_judged() -> None:
    alike: Any = SimpleNamespace(**{field.name: getattr(GOOD, field.name) for field in fields(EvaluationResults)[:8]})
    assert QualityGateChecker().check_ai_quality_gate(alike).passed
    tests: Any = SimpleNamespace(tests=3, failures=0, errors=0, ruff_problems=0, mypy_errors=0)
    assert QualityGateChecker().check_code_quality_gate(tests).passed


def test_another_policy_has_its_own_numbers() -> None:
    policy = Policy(ai_quality=replace(Policy().ai_quality, min_pass_rate=0.95))
    assert QualityGateChecker(policy).check_ai_quality_gate(GOOD).failures == ["Pass rate 90.00% < 95%"]
