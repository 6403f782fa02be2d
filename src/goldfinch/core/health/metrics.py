"""What is compared between the arms, and when a difference counts. Defaults are STATISTICS A2 and R72."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Arm(StrEnum):
    """The two sides of a rollout."""

    STABLE = "stable"
    CANARY = "canary"


class MetricKind(StrEnum):
    COUNT = "count"
    """Units that turned bad, of the units at risk: errors, time-outs, refusals. Lower is better."""
    QUANTILE = "quantile"
    """A quantile of a duration, judged by how many units exceed the stable arm's. Lower is better."""
    SCORE = "score"
    """A mean of values in [0, 1]. Higher is better; a cost is clipped at `cap`, rescaled and turned round."""


@dataclass(frozen=True, slots=True)
class GatedMetric:
    """One metric that may stop a rollout."""

    name: str
    kind: MetricKind
    guard: float
    """Factor on the stable arm's value beyond which a difference matters: 1.05, 1.30, 0.90 (R72)."""
    quantile: float = 0.95
    """Of QUANTILE metrics."""
    design_factor: float = 5.0
    """The factor that a step must be able to see before it may pass: 5 for counts, 2 for quantiles, 0.8 for scores."""
    null_ratio: float = 1.0
    """r0 of the count rule: the ratio that is no worse."""
    cap: float | None = None
    """Of SCORE metrics that are amounts (US dollars, tokens), lower is better: the amount that counts as worst."""
    flag: str = ""
    """Of COUNT metrics: the flag of an event that makes its session bad; empty: a failed request does."""


ERROR_RATE = GatedMetric("error_rate", MetricKind.COUNT, guard=1.05)
P95_LATENCY = GatedMetric("p95_latency", MetricKind.QUANTILE, guard=1.30, design_factor=2.0)
EVALUATION_SCORE = GatedMetric("evaluation_score", MetricKind.SCORE, guard=0.90, design_factor=0.8)


class OnNoData(StrEnum):
    ROLLBACK = "rollback"
    PAUSE = "pause"


class GuardMode(StrEnum):
    EVIDENCE = "evidence"
    """A breach needs evidence that holds under repeated looks, and the factor (C28)."""
    NONE = "none"
    """The plain rule of R72: the factor alone."""


@dataclass(frozen=True, slots=True)
class HealthRules:
    """Everything that decides about health, fixed for one rollout: changing it restarts the evidence."""

    metrics: tuple[GatedMetric, ...] = (ERROR_RATE, P95_LATENCY, EVALUATION_SCORE)
    alpha: float = 0.01
    """Chance of a false rollback by evidence per rollout, over all metrics, steps and checks."""
    min_units: int = 20
    """Units of each arm below which no verdict but the fast path is given."""
    check_every: timedelta = timedelta(seconds=60)
    fast_window: timedelta = timedelta(minutes=5)
    fast_min_units: int = 10
    fast_share: float = 0.5
    fast_p: float = 1e-5
    sample_ratio_p: float = 1e-6
    no_traffic_units: int = 20
    """Units that the canary should have had, without one arriving, before it counts as silent."""
    no_traffic_checks: int = 3
    unknown_hold: timedelta = timedelta(minutes=5)
    unknown_limit: timedelta = timedelta(minutes=15)
    on_no_data: OnNoData = OnNoData.ROLLBACK
    baseline_window: timedelta = timedelta(minutes=30)
    """What the fast path compares with after 100 %: the last minutes in which the stable arm had traffic."""
    absolute_limits: Mapping[str, float] = field(default_factory=dict)
    """Metric → worst value that is tolerated by itself: all there is for a first release and after 100 %."""
    guard: GuardMode = GuardMode.EVIDENCE
