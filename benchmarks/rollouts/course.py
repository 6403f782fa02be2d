"""One simulated rollout: what both arms did minute by minute, units for our judge, requests for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.rollout.plan import Step
from goldfinch.core.statistics.histogram import LogHistogram

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

STABLE, CANARY = 0, 1
"""First index of every array that holds both arms."""
STAGE_MINUTES = 30
MINUTES = 2 * STAGE_MINUTES
STEPS = (Step(10, timedelta(minutes=STAGE_MINUTES)), Step(50, timedelta(minutes=STAGE_MINUTES)), Step(100, timedelta(0)))
"""R67: what every simulated rollout goes through, whatever the checks say, until it is rolled back."""
WARM_UP_S = 60.0
BEGINS = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def step_of(minute: int) -> int:
    return minute // STAGE_MINUTES


def share_of(minute: int) -> float:
    return STEPS[step_of(minute)].weight_percent / 100


def interval_begins_s(minute: int) -> float:
    """Seconds since the weight of the first step was verified; each step begins with its warm-up."""
    return 60.0 * minute + WARM_UP_S * (step_of(minute) + 1)


@dataclass(frozen=True, slots=True)
class ArmUnits:
    """Units of one arm and stratum in one minute."""

    at_risk: int
    newly_bad: int
    latencies: LogHistogram
    values_ms: Floats
    """Distinct latencies, and how many units had each."""
    value_counts: Ints
    scores: tuple[float, ...]

    def exceeding(self, threshold_ms: float) -> int:
        return int(self.value_counts[self.values_ms > threshold_ms].sum())


@dataclass(frozen=True, slots=True)
class Requests:
    """What a source that knows only requests would have seen; arrays of (arm, minute)."""

    count: Ints
    failed: Ints
    latency_values_ms: Floats
    latency_counts: Ints
    """(arm, minute, value)."""
    score_count: Ints
    score_sum: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """A whole rollout, drawn before anybody judges it: every judge sees the same one."""

    begun: Ints
    """Sessions begun, (arm, minute)."""
    units: tuple[Mapping[int, tuple[ArmUnits, ArmUnits]], ...]
    """Per minute: stratum → stable, canary."""
    requests: Requests

    def interval(self, minute: int, thresholds_ms: Mapping[str, float]) -> Interval:
        """The minute as `core/health` takes it, counted against the thresholds that were known when it began."""
        start = BEGINS + timedelta(seconds=interval_begins_s(minute))
        threshold_ms = thresholds_ms.get("p95_latency")
        return Interval(
            start=start,
            end=start + timedelta(minutes=1),
            step=step_of(minute),
            canary_share=share_of(minute),
            strata=tuple(_stratum(stratum, *arms, threshold_ms) for stratum, arms in sorted(self.units[minute].items())),
            canary_sessions=int(self.begun[CANARY, minute]),
            stable_sessions=int(self.begun[STABLE, minute]),
            canary_requests=int(self.requests.count[CANARY, minute]),
            stable_requests=int(self.requests.count[STABLE, minute]),
        )


def _stratum(stratum: int, stable: ArmUnits, canary: ArmUnits, threshold_ms: float | None) -> StratumInterval:
    exceeding = PairCounts()
    if threshold_ms is not None:
        exceeding = PairCounts(
            canary.latencies.count, canary.exceeding(threshold_ms), stable.latencies.count, stable.exceeding(threshold_ms)
        )
    judged = PairCounts(len(canary.scores), 0, len(stable.scores), 0)
    return StratumInterval(
        stratum,
        counts={"error_rate": PairCounts(canary.at_risk, canary.newly_bad, stable.at_risk, stable.newly_bad)},
        quantiles={"p95_latency": QuantileCounts(threshold_ms, exceeding, canary.latencies, stable.latencies)},
        scores={"evaluation_score": ScoreValues(canary.scores, stable.scores, judged)},
    )


def histogram_of(values_ms: Floats, counts: Ints, buckets: list[str]) -> LogHistogram:
    """A histogram of whole milliseconds out of counts; `buckets` names the bucket of each value."""
    present = np.flatnonzero(counts)
    if not present.size:
        return LogHistogram()
    held: dict[str, int] = {}
    for at, count in zip(present.tolist(), counts[present].tolist(), strict=True):
        held[buckets[at]] = held.get(buckets[at], 0) + count
    total = float(values_ms[present] @ counts[present])
    return LogHistogram.from_state(
        {"buckets": held, "sum": total, "min": float(values_ms[present[0]]), "max": float(values_ms[present[-1]])}
    )
