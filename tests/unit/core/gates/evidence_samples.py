"""Evidence with which every gate passes, to be spoilt by tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from goldfinch.core.gates.evidence import (
    BenchmarkEvidence,
    Coverage,
    EvaluationEvidence,
    Evidence,
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
from goldfinch.core.gates.policy import Scanner


def metric(value: float | None, low: float | None = None, high: float | None = None, *, count: int = 60, **more: Any) -> MetricEvidence:
    return MetricEvidence(Measured(value, count, low, high), scored=count, **more)


SAFE = metric(1.0, 0.94, 1.0, failed_cases=0)
RUN = EvaluationEvidence(
    pass_rate=Measured(0.9, 60, 0.799, 0.953),
    metrics={
        "relevance": metric(0.9, 0.85, 0.95),
        "accuracy": metric(0.9, 0.85, 0.95),
        "completeness": metric(0.9, 0.85, 0.95),
        "coherence": metric(0.9, 0.85, 0.95),
        "safety": SAFE,
    },
    planned=60,
    finished=60,
    decided=60,
    cost=RequestCost(0.03, 60, 0, 1.8),
)
SCANS = (
    Scan(Scanner.BANDIT, examined=900, unit="lines"),
    Scan(Scanner.PIP_AUDIT, examined=58, unit="packages"),
    Scan(Scanner.SECRETS),
    Scan(Scanner.SBOM, examined=58, unit="components"),
)
TESTS = TestEvidence(LintCheck(0), TypeCheck(0), None, TestTotals(210, skipped=3), Coverage(0.91, 4000, ("agents", "tools")))
BENCHMARK = BenchmarkEvidence((ScenarioEvidence("chat", Measured(900.0, 600, 850.0, 960.0), Measured(42.0, 600, 40.0, 44.0)),))
GOOD = Evidence(RUN, TESTS, BENCHMARK, SCANS, baseline_cost=0.03)


def with_metric(name: str, evidence: MetricEvidence | None, run: EvaluationEvidence = RUN) -> Evidence:
    others = {key: value for key, value in run.metrics.items() if key != name}
    return replace(GOOD, evaluation=replace(run, metrics=others if evidence is None else {**others, name: evidence}))


def with_run(**changes: Any) -> Evidence:
    return replace(GOOD, evaluation=replace(RUN, **changes))
