"""Sessions of one turn: each is one request, so a minute is a draw of counts. Source of the distributions: STATISTICS A1."""

from __future__ import annotations

from functools import lru_cache
from math import erf, log, sqrt

import numpy as np

from benchmarks.rollouts.course import MINUTES, ArmUnits, Course, Floats, Ints, Requests, histogram_of, share_of, step_of
from benchmarks.rollouts.traffic import LATENCY_MEDIAN_MS, LATENCY_SIGMA, Traffic
from goldfinch.core.statistics.histogram import LogHistogram

_DEVIATIONS = 4.5
_STEP = 0.02  # of the logarithm: as fine as the histogram


def draw(random: np.random.Generator, traffic: Traffic) -> Course:
    """Poisson arrivals, binomial errors, latencies on a grid of whole milliseconds, beta scores."""
    minutes = np.arange(MINUTES)
    shares = np.array([share_of(minute) for minute in range(MINUTES)])
    weights = (1 - shares, shares)
    count = np.stack([random.poisson(60 * traffic.per_second * weight) for weight in weights])
    failed = np.stack([random.binomial(count[arm], traffic.rates(arm, minutes + 0.5, MINUTES)) for arm in (0, 1)])
    values, buckets, _ = _grid(1.0)
    latencies = np.stack([
        random.multinomial(count[arm] - failed[arm], _grid(traffic.latency_factor if arm else 1.0)[2]) for arm in (0, 1)
    ])
    scores = [_scores(random, traffic, arm, count[arm]) for arm in (0, 1)]
    units = tuple(
        {step_of(at): (_units(at, count[0], failed[0], values, latencies[0, at], buckets, scores[0]),
                       _units(at, count[1], failed[1], values, latencies[1, at], buckets, scores[1]))}
        for at in range(MINUTES)
    )  # fmt: skip
    score_count = np.array([[len(of_minute) for of_minute in of_arm] for of_arm in scores])
    score_sum = np.array([[sum(of_minute) for of_minute in of_arm] for of_arm in scores])
    return Course(count, units, Requests(count, failed, values, latencies, score_count, score_sum))


def _units(
    minute: int, count: Ints, failed: Ints, values: Floats, latencies: Ints, buckets: list[str], scores: list[tuple[float, ...]]
) -> ArmUnits:
    made = histogram_of(values, latencies, buckets)
    return ArmUnits(int(count[minute]), int(failed[minute]), made, values, latencies, scores[minute])


def _scores(random: np.random.Generator, traffic: Traffic, arm: int, count: Ints) -> list[tuple[float, ...]]:
    numbers = random.binomial(count, traffic.scored(arm))
    drawn = random.beta(*traffic.score_shape(arm), size=int(numbers.sum())).tolist()
    ends = np.cumsum(numbers).tolist()
    return [tuple(drawn[end - number : end]) for end, number in zip(ends, numbers.tolist(), strict=True)]


@lru_cache(maxsize=8)
def _grid(factor: float) -> tuple[Floats, list[str], Floats]:
    """Latencies, the bucket of each in our histogram, and how likely each is where everything takes `factor` times longer.

    The same latencies for every factor, so that both arms can be counted on one grid.
    """
    reach = _DEVIATIONS * LATENCY_SIGMA
    edges = np.arange(log(LATENCY_MEDIAN_MS) - reach, log(LATENCY_MEDIAN_MS) + reach + log(5), _STEP)
    values = np.round(np.exp(edges + _STEP / 2))
    centred = (edges - log(LATENCY_MEDIAN_MS * factor)) / (LATENCY_SIGMA * sqrt(2))
    below = np.array([(1 + erf(edge)) / 2 for edge in centred])
    chances = np.diff(below, append=1.0)
    return values, [_bucket(value) for value in values.tolist()], chances / chances.sum()


def _bucket(value_ms: float) -> str:
    one = LogHistogram()
    one.add(value_ms)
    return str(next(iter(one.to_state()["buckets"])))
