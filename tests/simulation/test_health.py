"""Made-up rollouts through the real rule: how often an identical canary is rolled back, and how soon a worse one is.

Sessions of one turn, the default plan (10 %, then 50 %, half an hour each), errors, p95 and scores gated together. Figures to reach:
STATISTICS A2, "what our implementation must reach". The full grid is made by the simulations of the guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np
import pytest

from goldfinch.core.health.check import HealthState, assess, begin, take, thresholds_ms
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import Call
from goldfinch.core.statistics.histogram import LogHistogram
from tests.health_streams import STEPS, interval

RULES = HealthRules()
LOG_SIGMA = np.log(4) / 1.645
LOG_GAMMA = np.log(1.01 / 0.99)
SHARES = (0.1, 0.5)


@dataclass(frozen=True)
class Traffic:
    """Sessions a second, and by what the canary differs."""

    per_second: float
    error_rate: float = 0.02
    error_factor: float = 1.0
    latency_factor: float = 1.0
    score_factor: float = 1.0
    scored: float = 0.05
    """Share of both arms' answers."""


@dataclass(frozen=True)
class Ended:
    """The check (from 1) of a rollback, what made it, and the canary's sessions and scores by then; check 0: none."""

    check: int
    trigger: str
    sessions: int
    scores: int


def histogram(values: np.ndarray) -> LogHistogram:
    buckets, counts = np.unique(np.ceil(np.log(values) / LOG_GAMMA).astype(int), return_counts=True)
    named = {str(bucket): int(count) for bucket, count in zip(buckets, counts, strict=True)}
    ends = {"sum": float(values.sum()), "min": float(values.min()), "max": float(values.max())} if named else {}
    return LogHistogram.from_state({"buckets": named, **ends})


def minute(random: np.random.Generator, traffic: Traffic, index: int, tau: float | None) -> Interval:
    step = index // 30
    sessions = random.poisson(60 * traffic.per_second)
    canary = random.binomial(sessions, SHARES[step])
    units = (canary, sessions - canary)
    bad = [random.binomial(units[arm], traffic.error_rate * (1, traffic.error_factor)[arm == 0]) for arm in (0, 1)]
    times = [random.lognormal(np.log(3000 * (1, traffic.latency_factor)[arm == 0]), LOG_SIGMA, units[arm]) for arm in (0, 1)]
    scored = [random.binomial(units[arm], traffic.scored) for arm in (0, 1)]
    scores = [np.clip(random.normal(0.8 * (1, traffic.score_factor)[arm == 0], 0.2, scored[arm]), 0, 1).tolist() for arm in (0, 1)]
    beyond = PairCounts(units[0], int((times[0] > tau).sum()), units[1], int((times[1] > tau).sum())) if tau else PairCounts()
    part = StratumInterval(
        step,
        {"error_rate": PairCounts(units[0], bad[0], units[1], bad[1])},
        {"p95_latency": QuantileCounts(tau, beyond, histogram(times[0]), histogram(times[1]))},
        {"evaluation_score": ScoreValues(tuple(scores[0]), tuple(scores[1]))},
    )
    return interval(index, part, step=step, share=SHARES[step])


def rolled_out(seed: int, traffic: Traffic) -> Ended:
    random, state, scores = np.random.default_rng(seed), begin(RULES, steps=STEPS), 0
    for index in range(60):
        each = minute(random, traffic, index, thresholds_ms(RULES, state).get("p95_latency"))
        state = take(RULES, state, each)
        scores += len(each.strata[0].scores["evaluation_score"].canary)
        if index == 33:
            state = HealthState.from_state(state.to_state())
        found = assess(RULES, state, now=each.end, step=each.step)
        if found.call is Call.ROLL_BACK:
            return Ended(index + 1, found.trigger, state.canary_sessions, scores)
    return Ended(0, "", state.canary_sessions, scores)


def cell(traffic: Traffic, rollouts: int) -> list[Ended]:
    return [rolled_out(1000 + seed, traffic) for seed in range(rollouts)]


def sizes() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rollouts", [pytest.param(200, id="small"), pytest.param(2_000, id="full", marks=pytest.mark.long)])


@sizes()
@pytest.mark.parametrize("per_second", [2, 20])
def test_an_identical_canary_is_rolled_back_in_at_most_1_percent(per_second: float, rollouts: int) -> None:
    ended = cell(Traffic(per_second), rollouts)
    assert sum(each.check > 0 for each in ended) <= rollouts * 0.01


@sizes()
@pytest.mark.parametrize(
    ("traffic", "trigger", "median_checks", "median_sessions"),
    [
        (Traffic(2, error_factor=5), "error_rate", 14, 150),
        (Traffic(20, error_factor=5), "error_rate", 3, 400),
        (Traffic(2, latency_factor=2), "p95_latency", 11, 120),
        (Traffic(20, latency_factor=2), "p95_latency", 3, 400),
        (Traffic(2, error_rate=0.12, error_factor=5), "fast_path", 2, 26),
        (Traffic(20, error_rate=0.12, error_factor=5), "fast_path", 1, 160),
    ],
)
def test_a_worse_canary_is_found(traffic: Traffic, trigger: str, median_checks: int, median_sessions: int, rollouts: int) -> None:
    ended = cell(traffic, rollouts)
    assert sum(each.check > 0 for each in ended) >= 0.99 * rollouts
    assert median(each.check for each in ended) <= median_checks
    assert median(each.sessions for each in ended) <= median_sessions
    assert sum(each.trigger == trigger for each in ended) >= 0.9 * rollouts


@sizes()
@pytest.mark.parametrize("per_second", [2, 20])
def test_a_score_that_is_20_percent_lower_is_found_with_nine_stable_scores_per_canary_score(per_second: float, rollouts: int) -> None:
    ended = cell(Traffic(per_second, score_factor=0.8, scored=0.5 if per_second == 2 else 0.05), rollouts)
    assert sum(each.trigger == "evaluation_score" for each in ended) >= 0.99 * rollouts
    assert median(each.scores for each in ended) <= 50
