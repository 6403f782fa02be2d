"""What a check of health came to: each metric with its figures, and one call with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MetricState(StrEnum):
    OK = "ok"
    BREACH = "breach"
    INSUFFICIENT = "insufficient"
    NO_DATA = "no_data"
    UNKNOWN = "unknown"
    INVALID = "invalid"


class Call(StrEnum):
    """What the measurements ask for. The words of Argo's phases are in `phase`."""

    PASS = "pass"  # noqa: S105  # nosec B105 - a verdict, no password
    """No breach, nothing unknown, and enough units to have seen what the step is to see."""
    WAIT = "wait"
    """No breach, too little to pass."""
    HOLD = "hold"
    """The comparison itself is in doubt: keep the weight, do not promote, tell a person."""
    ROLL_BACK = "roll_back"


class HoldReason(StrEnum):
    METRICS_UNAVAILABLE = "metrics_unavailable"
    NO_TRAFFIC = "no_traffic"
    BASELINE_DEGRADED = "baseline_degraded"
    SAMPLE_RATIO = "sample_ratio"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its count: `bad` of `units` (counts), the quantile of `units` (ms), the mean of `units` scores."""

    value: float | None
    units: int
    bad: int | None = None


@dataclass(frozen=True, slots=True)
class MetricCheck:
    """One metric at one check: what the log, the screen and the replay print."""

    metric: str
    state: MetricState
    canary: Measured
    stable: Measured
    ratio: float | None
    log_e: float
    """Natural logarithm of the evidence E; 0 is none."""
    log_threshold: float
    """Of K / alpha."""
    guard: float
    guard_holds: bool
    needed: int
    """Canary units that promotion needs."""
    reason: str
    threshold_ms: float | None = None
    """tau_k, of quantiles."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The check as a whole, at `at`."""

    at: datetime
    call: Call
    reason: str
    """One sentence with figures."""
    checks: tuple[MetricCheck, ...] = ()
    hold: HoldReason | None = None
    trigger: str = ""
    """What made ROLL_BACK: a metric's name, fast_path, safety, no_data, unknown, absolute_limit."""
    missing: tuple[str, ...] = ()
    """What promotion still lacks, each in words: "error_rate: 212 of 500 canary sessions"."""
