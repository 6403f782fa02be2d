"""The specification's classes under the names, fields and messages that it prints.

Thin: the decisions are those of `core.gates` and `core.health`.
"""

from goldfinch.specification.canary import CanaryDeploymentManager
from goldfinch.specification.canary_health import DeploymentResult, HealthCheck, Metrics, MonitoringResult, MonitoringState, Samples
from goldfinch.specification.quality_gates import (
    BenchmarkResults,
    EvaluationResults,
    GateCheckResult,
    GateResult,
    QualityGateChecker,
    TestResults,
)

__all__ = [
    "BenchmarkResults",
    "CanaryDeploymentManager",
    "DeploymentResult",
    "EvaluationResults",
    "GateCheckResult",
    "GateResult",
    "HealthCheck",
    "Metrics",
    "MonitoringResult",
    "MonitoringState",
    "QualityGateChecker",
    "Samples",
    "TestResults",
]
