"""The canary's figures, and the specification's plain rule over them, to the letter. Source: R72, R75, C27."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple

MAX_ERROR_RATIO = 1.05
MAX_LATENCY_RATIO = 1.30
MIN_SCORE_RATIO = 0.90


@dataclass(frozen=True)
class Samples:
    """What lies behind the three figures of one window. A unit is a session, and counts once: requests of one session break together.

    What is None has no counts, and is judged by the plain rule alone.
    """

    sessions: int
    """Sessions begun since the canary has its present share, with a finished request in the window, which had not failed before it."""
    failed: int | None = None
    """Those of them that failed for the first time in the window."""
    latencies_ms: Sequence[float] | None = None
    """Of one turn per session, chosen before it was seen."""
    scores: Sequence[float] | None = None
    """From 0 to 1, of one turn per session."""


@dataclass(frozen=True)
class Metrics:
    """Figures of one version over one window. `error_rate` and `avg_evaluation_score` are fractions, `p95_latency` is in milliseconds.

    `samples` may be left out; then there is nothing but the plain rule.
    """

    error_rate: float
    p95_latency: float
    avg_evaluation_score: float
    samples: Samples | None = None


@dataclass(frozen=True)
class HealthCheck:
    """What one look came to."""

    healthy: bool
    failure_reason: str | None = None


class MonitoringState(StrEnum):
    """The three ends of monitoring (C29)."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCONCLUSIVE = "inconclusive"
    """The measurements do not tell: too few, or the collector does not answer. Not healthy, and nobody's fault."""


@dataclass(frozen=True)
class MonitoringResult:
    """What the looks of one stage came to. `failure_reason` of an inconclusive one says what was missing."""

    healthy: bool
    failure_reason: str | None = None
    inconclusive: bool = False

    def __post_init__(self) -> None:
        if self.healthy and self.inconclusive:
            raise ValueError("what is inconclusive is not healthy")

    @property
    def state(self) -> MonitoringState:
        """The result as one of three words."""
        if self.healthy:
            return MonitoringState.HEALTHY
        return MonitoringState.INCONCLUSIVE if self.inconclusive else MonitoringState.UNHEALTHY


@dataclass(frozen=True)
class DeploymentResult:
    """How a deployment ended. `failure_stage` is the canary's share of the traffic in percent."""

    success: bool
    rollback_performed: bool = False
    failure_stage: int | None = None
    failure_reason: str | None = None
    deployed_version: str | None = None


class PlainBreach(NamedTuple):
    """One of the three thresholds crossed: the field of `Metrics`, and the specification's words."""

    metric: str
    reason: str


def plain_breaches(canary: Any, baseline: Any) -> Iterator[PlainBreach]:
    """Every threshold that is crossed, in the specification's order. Of `Metrics`, or of anything with its fields."""
    limit = baseline.error_rate * MAX_ERROR_RATIO
    if canary.error_rate > limit:
        yield PlainBreach("error_rate", f"Error rate increased: {canary.error_rate:.3f} > {limit:.3f}")
    limit = baseline.p95_latency * MAX_LATENCY_RATIO
    if canary.p95_latency > limit:
        yield PlainBreach("p95_latency", f"Latency degraded: {canary.p95_latency}ms > {limit}ms")
    limit = baseline.avg_evaluation_score * MIN_SCORE_RATIO
    if canary.avg_evaluation_score < limit:
        yield PlainBreach("avg_evaluation_score", f"Quality degraded: {canary.avg_evaluation_score:.3f} < {limit:.3f}")


def check_health(canary: Any, baseline: Any) -> HealthCheck:
    """The first threshold that is crossed decides (R72). Pure."""
    first = next(plain_breaches(canary, baseline), None)
    return HealthCheck(healthy=True) if first is None else HealthCheck(healthy=False, failure_reason=first.reason)


def unreadable(metrics: Any) -> str:
    """What of the three figures is no finite number, in words; empty: all are. NaN compares as healthy, and silence is no health."""
    for name in ("error_rate", "p95_latency", "avg_evaluation_score"):
        value = getattr(metrics, name, None)
        if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not isfinite(value):
            return f"{name} is {value!r}"[:100]
    return ""


def samples_of(metrics: Any) -> Samples | None:
    """The counts that `metrics` carry, if any."""
    found = getattr(metrics, "samples", None)
    return found if isinstance(found, Samples) else None
