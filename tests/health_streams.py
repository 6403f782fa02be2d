"""Intervals of made-up rollouts, for tests of health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.rollout.plan import Step
from goldfinch.core.statistics.histogram import LogHistogram

BEGIN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STEPS = (Step(10, timedelta(minutes=30)), Step(50, timedelta(minutes=30)), Step(100, timedelta(0)))
MINUTE = timedelta(minutes=1)


def interval(
    index: int = 0, *strata: StratumInterval, step: int = 0, share: float = 0.1, sessions: tuple[int, int] | None = None, **more: object
) -> Interval:
    """One minute; sessions begun are the units of its first stratum, unless given."""
    begun = sessions if sessions is not None else _units(strata)
    fields = {"canary_sessions": begun[0], "stable_sessions": begun[1], "canary_requests": begun[0], "stable_requests": begun[1], **more}
    return Interval(BEGIN + index * MINUTE, BEGIN + (index + 1) * MINUTE, step, share, strata, **fields)  # type: ignore[arg-type]


def _units(strata: tuple[StratumInterval, ...]) -> tuple[int, int]:
    pairs = [pair for part in strata for pair in part.counts.values()]
    return (pairs[0].canary_units, pairs[0].stable_units) if pairs else (0, 0)


def errors(canary_units: int, canary_bad: int, stable_units: int, stable_bad: int, stratum: int = 0) -> StratumInterval:
    return StratumInterval(stratum, {"error_rate": PairCounts(canary_units, canary_bad, stable_units, stable_bad)})


def histogram(values: list[float]) -> LogHistogram:
    made = LogHistogram()
    for value in values:
        made.add(value)
    return made


def latencies(canary: list[float], stable: list[float], threshold_ms: float | None) -> QuantileCounts:
    if threshold_ms is None:
        return QuantileCounts(None, PairCounts(), histogram(canary), histogram(stable))
    exceeding = PairCounts(
        len(canary), sum(value > threshold_ms for value in canary), len(stable), sum(value > threshold_ms for value in stable)
    )
    return QuantileCounts(threshold_ms, exceeding, histogram(canary), histogram(stable))


def random_stratum(random: Random, stratum: int, threshold_ms: float | None, most: int = 40) -> StratumInterval:
    """Anything that may happen in an interval: empty arms, bursts of errors, scores of one arm only."""

    def pair() -> PairCounts:
        canary, stable = random.choice([0, random.randint(0, most)]), random.choice([0, random.randint(0, 9 * most)])
        return PairCounts(canary, random.randint(0, canary) // 4, stable, random.randint(0, stable) // 6)

    canary = [random.lognormvariate(8, 0.8) for _ in range(random.randint(0, most))]
    stable = [random.lognormvariate(8, 0.8) for _ in range(random.randint(0, 3 * most))]
    scores = ScoreValues(
        tuple(random.betavariate(3, 2) for _ in range(random.choice([0, 0, random.randint(0, 6)]))),
        tuple(random.betavariate(4, 1) for _ in range(random.choice([0, random.randint(0, 30)]))),
        pair(),
    )
    return StratumInterval(
        stratum, {"error_rate": pair()}, {"p95_latency": latencies(canary, stable, threshold_ms)}, {"evaluation_score": scores}
    )
