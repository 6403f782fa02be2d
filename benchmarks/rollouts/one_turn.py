"""Sessions of one turn: each is one request, so a minute is a draw of counts. Source of the distributions: STATISTICS A1."""

from __future__ import annotations

from functools import lru_cache
from math import erf, log, sqrt

import numpy as np

from benchmarks.rollouts.course import CANARY, MINUTES, STABLE, ArmUnits, Course, Floats, Ints, Requests, histogram_of, share_of, step_of
from benchmarks.rollouts.traffic import LATENCY_MEDIAN_MS, LATENCY_SIGMA, Traffic
from goldfinch.core.statistics.histogram import LogHistogram

_ARMS = (STABLE, CANARY)
_DEVIATIONS = 4.5
_STEP = 0.02  # of the logarithm: as fine as the histogram


def draw(random: np.random.Generator, traffic: Traffic) -> Course:
    """Poisson arrivals, binomial errors, latencies on a grid of whole milliseconds, beta scores."""
    shares = np.array([share_of(minute) for minute in range(MINUTES)])
    count = np.stack([random.poisson(60 * traffic.per_second * weight) for weight in (1 - shares, shares)])
    middles = np.arange(MINUTES, dtype=np.float64) + 0.5
    failed = np.stack([random.binomial(count[arm], traffic.rates(arm, middles, MINUTES)) for arm in _ARMS])
    factors = (1.0, traffic.latency_factor)
    latencies = np.stack([random.multinomial(count[arm] - failed[arm], _chances(factors[arm])) for arm in _ARMS])
    scores = tuple(_scores(random, traffic, arm, count[arm]) for arm in _ARMS)
    values, buckets = _grid()

    def units(arm: int, minute: int) -> ArmUnits:
        counts = latencies[arm, minute]
        made = histogram_of(values, counts, buckets)
        return ArmUnits(int(count[arm, minute]), int(failed[arm, minute]), made, values, counts, scores[arm][minute])

    score_count = np.array([[len(of_minute) for of_minute in of_arm] for of_arm in scores])
    score_sum = np.array([[float(sum(of_minute)) for of_minute in of_arm] for of_arm in scores])
    return Course(
        begun=count,
        units=tuple({step_of(minute): (units(STABLE, minute), units(CANARY, minute))} for minute in range(MINUTES)),
        requests=Requests(count, failed, values, latencies, score_count, score_sum),
    )


def _scores(random: np.random.Generator, traffic: Traffic, arm: int, count: Ints) -> list[tuple[float, ...]]:
    numbers = random.binomial(count, traffic.scored(arm))
    drawn = random.beta(*traffic.score_shape(arm), size=int(numbers.sum())).tolist()
    ends = np.cumsum(numbers).tolist()
    return [tuple(drawn[end - number : end]) for end, number in zip(ends, numbers.tolist(), strict=True)]


@lru_cache(maxsize=1)
def _edges() -> Floats:
    """Of the latencies' logarithm: the same for every factor, so that both arms can be counted on one grid."""
    reach = _DEVIATIONS * LATENCY_SIGMA
    edges: Floats = np.arange(log(LATENCY_MEDIAN_MS) - reach, log(LATENCY_MEDIAN_MS) + reach + log(5), _STEP)
    return edges


@lru_cache(maxsize=1)
def _grid() -> tuple[Floats, list[str]]:
    """Latencies that occur, and the bucket of each in our histogram."""
    values = np.round(np.exp(_edges() + _STEP / 2)).astype(np.float64)
    return values, [_bucket(value) for value in values.tolist()]


@lru_cache(maxsize=8)
def _chances(factor: float) -> Floats:
    """How likely each latency is where everything takes `factor` times longer."""
    centred = (_edges() - log(LATENCY_MEDIAN_MS * factor)) / (LATENCY_SIGMA * sqrt(2))
    chances = np.diff(np.array([(1 + erf(edge)) / 2 for edge in centred.tolist()]), append=1.0)
    normed: Floats = chances / chances.sum()
    return normed


def _bucket(value_ms: float) -> str:
    one = LogHistogram()
    one.add(value_ms)
    return str(next(iter(one.to_state()["buckets"])))
