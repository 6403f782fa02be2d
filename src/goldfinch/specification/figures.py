"""From the specification's bare figures to evidence. What is no finite number is unknown, and unknown never passes (C23)."""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import Any

from goldfinch.core.gates.evidence import (
    BenchmarkEvidence,
    Coverage,
    EvaluationEvidence,
    Issue,
    LintCheck,
    Measured,
    MetricEvidence,
    RequestCost,
    Scan,
    ScenarioEvidence,
    TestEvidence,
    TestTotals,
    TypeCheck,
)
from goldfinch.core.gates.policy import SAFETY, Scanner

_METRICS = ("relevance", "accuracy", "completeness", "coherence", SAFETY)
_SCANNERS = {
    Scanner.BANDIT: "bandit_findings",
    Scanner.PIP_AUDIT: "pip_audit_vulnerabilities",
    Scanner.SECRETS: "secrets_found",
}


def evaluation_evidence(results: Any) -> EvaluationEvidence | None:
    """Of `EvaluationResults`, or of anything with its fields; None of nothing."""
    if results is None:
        return None
    cases = number(results, "cases")
    count = None if cases is None else int(cases)
    metrics = {name: MetricEvidence(Measured(number(results, f"avg_{name}"), count)) for name in _METRICS}
    return EvaluationEvidence(
        pass_rate=Measured(number(results, "pass_rate"), count),
        metrics=metrics | {SAFETY: _safety(results, metrics[SAFETY].mean)},
        cost=RequestCost(number(results, "avg_cost_per_request"), count),
    )


def _safety(results: Any, mean: Measured) -> MetricEvidence:
    """By the count of unsafe cases where that is known, as far as there is an average at all."""
    unsafe = number(results, "unsafe_cases")
    decides = unsafe is not None and unsafe >= 0 and mean.value is not None and mean.count != 0
    return MetricEvidence(mean, failed_cases=int(unsafe) if decides and unsafe is not None else None)


def evidence_of_tests(results: Any) -> TestEvidence:
    """Of `TestResults`, or of anything with its fields."""
    lint, types, rate = (number(results, name) for name in ("ruff_problems", "mypy_errors", "line_coverage"))
    tests, failed, errors = (_whole(number(results, name)) for name in ("tests", "failures", "errors"))
    skipped = _whole(number(results, "skipped")) if hasattr(results, "skipped") else 0
    return TestEvidence(
        lint=LintCheck(_whole(lint)),
        types=TypeCheck(_whole(types)),
        tests=TestTotals(tests, failed, errors, skipped),
        coverage=Coverage(rate),
    )


def benchmark_evidence(results: Any) -> BenchmarkEvidence | None:
    """Of `BenchmarkResults`, or of anything with its fields; None of nothing."""
    if results is None:
        return None
    latency, throughput = (Measured(number(results, name)) for name in ("p95_latency", "requests_per_second"))
    return BenchmarkEvidence((ScenarioEvidence("", latency, throughput),))


def scans_of(results: Any) -> tuple[Scan, ...]:
    """Scans of which only the counts are known; an unknown count is a scan that was not made."""
    counts = {scanner: _whole(number(results, name)) for scanner, name in _SCANNERS.items()}
    found = tuple(Scan(scanner, (Issue("", ""),) * count) for scanner, count in counts.items() if count is not None)
    components = _whole(number(results, "sbom_components"))
    return found if components is None else (*found, Scan(Scanner.SBOM, examined=components, unit="components"))


def number(results: Any, name: str) -> Any:
    """The figure as it was given, so that it is shown as it was; None for what is no finite number."""
    value = getattr(results, name, None)
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    return value if isfinite(value) else None


def _whole(value: Any) -> int | None:
    return int(value) if value is not None and value >= 0 and value == int(value) else None
