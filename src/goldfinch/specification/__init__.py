"""The specification's classes under the names, fields and messages that it prints. Thin: the decisions are those of `core.gates`."""

from goldfinch.specification.quality_gates import (
    BenchmarkResults,
    EvaluationResults,
    GateCheckResult,
    GateResult,
    QualityGateChecker,
    TestResults,
)

__all__ = ["BenchmarkResults", "EvaluationResults", "GateCheckResult", "GateResult", "QualityGateChecker", "TestResults"]
