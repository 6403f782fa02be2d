"""`QualityGateChecker`: six gates by the plain rule, from bare figures. Source: R59-R66, C14, C21, C23, C51.

The plain rule knows no sample size. Where a run's summary is at hand, `goldfinch.core.gates.check.check_all` judges it with its intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any, ClassVar

from goldfinch.bootstrap.gate_evidence import scans_in
from goldfinch.core.gates import ai_quality, code_quality, cost, coverage, performance, security
from goldfinch.core.gates.evidence import Evidence, Scan
from goldfinch.core.gates.outcome import GateOutcome
from goldfinch.core.gates.policy import Policy
from goldfinch.specification.figures import benchmark_evidence, evaluation_evidence, evidence_of_tests, scans_of


@dataclass(frozen=True)
class EvaluationResults:
    """Averages of an evaluation: scores from 0 to 1, US dollars. None is unknown, and fails.

    `cases` (0 fails every metric) and `unsafe_cases` (which decides safety instead of its average, C24) may be left out.
    """

    pass_rate: float | None
    avg_relevance: float | None
    avg_accuracy: float | None
    avg_completeness: float | None
    avg_coherence: float | None
    avg_safety: float | None
    avg_cost_per_request: float | None
    baseline_cost: float | None = None
    cases: int | None = None
    unsafe_cases: int | None = None


@dataclass(frozen=True)
class TestResults:
    """Counts of the first two stages (C51). None is unknown, and fails. `line_coverage` is a fraction.

    The last four are of the security gate, which takes no argument: they count where the checker is made with these results.
    """

    __test__: ClassVar[bool] = False  # pytest would take the name for a test's

    tests: int | None = None
    failures: int | None = None
    errors: int | None = None
    skipped: int | None = 0
    ruff_problems: int | None = None
    mypy_errors: int | None = None
    line_coverage: float | None = None
    bandit_findings: int | None = None
    pip_audit_vulnerabilities: int | None = None
    secrets_found: int | None = None
    sbom_components: int | None = None


@dataclass(frozen=True)
class BenchmarkResults:
    """`p95_latency` in milliseconds. None is unknown, and fails."""

    p95_latency: float | None
    requests_per_second: float | None


@dataclass(frozen=True)
class GateResult:
    """One gate. It passed if and only if there are no failures (R65)."""

    name: str
    passed: bool
    failures: list[str]

    def __post_init__(self) -> None:
        if self.passed is bool(self.failures):
            raise ValueError(
                f"{self.name}: passed={self.passed} with {len(self.failures)} failures; a gate passes if and only if none failed"
            )


@dataclass(frozen=True)
class GateCheckResult:
    """All six gates, in the order of the specification's list."""

    passed: bool
    gate_results: list[GateResult]
    summary: str


class QualityGateChecker:
    """Check multiple quality gates before allowing deployment: code quality, coverage, AI evaluation, performance, security, cost.

    `security` is what `check_security_gate()` judges: scans, counts, or a folder of scanners' reports; without it that gate fails.
    """

    def __init__(self, policy: Policy | None = None, *, security: Iterable[Scan] | TestResults | Path | str | None = None) -> None:
        self.policy = policy or Policy()
        self._scans = _scans(security)

    async def check_all_gates(
        self, evaluation_results: EvaluationResults, test_results: TestResults, benchmark_results: BenchmarkResults
    ) -> GateCheckResult:
        """All six gates, side by side. A gate of a subclass may be a coroutine; one that raises lets nothing pass."""
        results = list(
            await asyncio.gather(
                _result(self.check_code_quality_gate, test_results),
                _result(self.check_coverage_gate, test_results),
                _result(self.check_ai_quality_gate, evaluation_results),
                _result(self.check_performance_gate, benchmark_results),
                _result(self.check_security_gate),
                _result(self.check_cost_gate, evaluation_results, benchmark_results),
            )
        )
        return GateCheckResult(all(gate.passed for gate in results), results, self._generate_summary(results))

    def check_code_quality_gate(self, test_results: TestResults) -> GateResult:
        """Linter, type checker, tests."""
        return _plain(code_quality.judge(self.policy, Evidence(tests=evidence_of_tests(test_results)), strict=True))

    def check_coverage_gate(self, test_results: TestResults) -> GateResult:
        """Line coverage (C21)."""
        return _plain(coverage.judge(self.policy, Evidence(tests=evidence_of_tests(test_results)), strict=True))

    def check_ai_quality_gate(self, evaluation_results: EvaluationResults) -> GateResult:
        """Pass rate and the five averages (R62)."""
        return _plain(ai_quality.judge(self.policy, Evidence(evaluation_evidence(evaluation_results)), strict=True))

    def check_performance_gate(self, benchmark_results: BenchmarkResults) -> GateResult:
        """95th percentile and throughput (R63)."""
        return _plain(performance.judge(self.policy, Evidence(benchmark=benchmark_evidence(benchmark_results)), strict=True))

    def check_security_gate(self) -> GateResult:
        """What the checker was made with (C51)."""
        return _plain(security.judge(self.policy, Evidence(scans=self._scans), strict=True))

    def check_cost_gate(self, evaluation_results: EvaluationResults, benchmark_results: BenchmarkResults) -> GateResult:  # noqa: ARG002 - R64
        """Cost per request, and its increase against the baseline (R64)."""
        baseline = getattr(evaluation_results, "baseline_cost", None)
        return _plain(cost.judge(self.policy, Evidence(evaluation_evidence(evaluation_results), baseline_cost=baseline), strict=True))

    def _generate_summary(self, results: list[GateResult]) -> str:
        """A line for each gate, with its failures below, after one that counts them."""
        passed = sum(gate.passed for gate in results)
        lines = [f"{passed} of {len(results)} gates passed"]
        for gate in results:
            lines += [f"{'PASS' if gate.passed else 'FAIL'} {gate.name}", *(f"  {failure}" for failure in gate.failures)]
        return "\n".join(lines)


async def _result(gate: Callable[..., Any], *results: object) -> GateResult:
    """In a thread, so that no gate holds up another; awaited where there is something to await (C14)."""
    found = await asyncio.to_thread(gate, *results)
    result: GateResult = await found if isawaitable(found) else found
    return result


def _plain(outcome: GateOutcome) -> GateResult:
    failures = list(outcome.failures)
    return GateResult(outcome.gate.shown, not failures, failures)


def _scans(given: Iterable[Scan] | TestResults | Path | str | None) -> tuple[Scan, ...]:
    if given is None:
        return ()
    if isinstance(given, Path | str):
        return scans_in(Path(given))
    return scans_of(given) if isinstance(given, TestResults) else tuple(given)
