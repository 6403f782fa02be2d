"""A check costs what its interval costs, however much traffic went before it: counts and sketches are kept, no requests."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from goldfinch.core.health.check import HealthState, assess, begin, take, thresholds_ms
from goldfinch.core.health.cohort import Cohort
from goldfinch.core.health.events import SessionEvent
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.health.metrics import Arm, HealthRules
from goldfinch.core.rollout.plan import Step
from goldfinch.core.statistics.histogram import LogHistogram

RULES = HealthRules()
STEPS = (Step(10, timedelta(minutes=30)), Step(50, timedelta(minutes=30)), Step(100, timedelta(0)))
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


def latencies(doublings: int) -> LogHistogram:
    chance, histogram = Random(1), LogHistogram()
    for _ in range(2500):
        histogram.add(chance.lognormvariate(6.8, 0.5))
    for _ in range(doublings):
        half = histogram.copy()
        histogram.merge(half)
    return histogram


def history(requests: int, doublings: int) -> HealthState:
    """The state after two minutes that hold `requests`."""
    state = begin(RULES, steps=STEPS)
    for minute in range(2):
        units = requests // 20
        stratum = StratumInterval(
            0,
            {"error_rate": PairCounts(units, units // 50, 9 * units, 9 * units // 50)},
            {"p95_latency": QuantileCounts(None, PairCounts(), latencies(max(0, doublings - 3)), latencies(doublings))},
            {"evaluation_score": ScoreValues((0.8,) * 40, (0.8,) * 360, PairCounts(40, 0, 360, 0))},
        )
        start = BEGINS + timedelta(minutes=minute)
        state = take(RULES, state, Interval(start, start + timedelta(minutes=1), 0, 0.1, (stratum,), units, 9 * units, units, 9 * units))
    return state


def check(state: HealthState, cohort: Cohort, start_s: float) -> HealthState:
    """One check over a minute of 200 sessions."""
    cohort.open(step=0, baking_since_s=BEGINS.timestamp(), canary_share=0.1, thresholds_ms=thresholds_ms(RULES, state))
    for number in range(200):
        arm = Arm.CANARY if number % 10 == 0 else Arm.STABLE
        cohort.count(SessionEvent(start_s + number / 4, f"{start_s} {number}", arm, 1, number % 50 > 0, 800.0 + number, 0.8))
    counted = cohort.close(start_s + 60)
    after = take(RULES, state, counted.interval)
    assess(RULES, after, now=counted.interval.end, step=0)
    return after


def calls_of(state: HealthState, cohort: Cohort, start_s: float) -> int:
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        check(state, cohort, start_s)
    finally:
        sys.setprofile(None)
    return calls


def size(state: HealthState) -> int:
    return len(json.dumps(state.to_state()))


def test_a_check_after_ten_million_requests_costs_what_one_after_ten_thousand_does() -> None:
    small, large = history(10_000, 0), history(10_000_000, 10)
    starts_s = BEGINS.timestamp() + 120
    costs = [calls_of(state, Cohort("ro_1", RULES.metrics), starts_s) for state in (small, large)]
    assert costs[1] <= 1.01 * costs[0]
    assert size(large) <= 1.25 * size(small)  # the same numbers, with more digits
    assert size(large) < 30_000


def test_the_sessions_that_are_kept_are_those_that_were_just_seen() -> None:
    cohort, state, start_s = Cohort("ro_1", RULES.metrics, idle_s=300), begin(RULES, steps=STEPS), BEGINS.timestamp()
    sizes, states = [], []
    for minute in range(40):
        state = check(state, cohort, start_s + 60 * minute)
        sizes.append(cohort.size)
        states.append(size(state))
    assert max(sizes) <= 6 * 200
    assert states[-1] <= 1.1 * states[32]  # half an hour of checks is kept
