"""A state that was saved and read again goes on as if nothing had happened; its size does not grow with traffic."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldfinch.core.health.check import HealthState, assess, begin, could_not_read, take, thresholds_ms
from goldfinch.core.health.failures import HealthStateUnreadable, ImpossibleMeasurement, RulesUnusable
from goldfinch.core.health.interval import Interval, PairCounts, ScoreValues, StratumInterval, Unreadable
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, GatedMetric, HealthRules, MetricKind
from goldfinch.core.statistics.histogram import LogHistogram
from tests.health_streams import BEGIN, STEPS, errors, interval, random_stratum

RULES = HealthRules(absolute_limits={"error_rate": 0.2, "evaluation_score": 0.5, "p95_latency": 20_000})


def reread(state: HealthState) -> HealthState:
    return HealthState.from_state(json.loads(json.dumps(state.to_state(), allow_nan=False)))


def random_interval(random: Random, index: int, state: HealthState) -> Interval:
    step = 0 if index < 4 else 1
    tau = thresholds_ms(RULES, state).get("p95_latency")
    strata = [random_stratum(random, stratum, tau) for stratum in range(step + 1) if random.random() < 0.8]
    safety = ("said too much",) if random.random() < 0.05 else ()
    return interval(index, *strata, step=step, share=0.5 if step else 0.1, safety_breaches=safety, probes=random.random() < 0.1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_state_that_is_read_again_goes_on_bit_for_bit(seed: int) -> None:
    random, state = Random(seed), begin(RULES, steps=STEPS)
    for index in range(8):
        each = random_interval(random, index, state)
        again = reread(state)
        assert again == state
        assert take(RULES, again, each).to_state() == take(RULES, state, each).to_state()
        state = take(RULES, again, each)
        if random.random() < 0.2:
            state = could_not_read(state, Unreadable(each.end, "time-out"))
        assert assess(RULES, reread(state), now=each.end, step=each.step) == assess(RULES, state, now=each.end, step=each.step)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_intervals_in_which_nothing_happened_change_no_evidence(seed: int, where: int) -> None:
    random, plain, padded = Random(seed), begin(RULES, steps=STEPS), begin(RULES, steps=STEPS)
    for index in range(8):
        each = random_interval(random, index, plain)
        if index == where:
            padded = take(RULES, padded, replace(each, strata=(), canary_sessions=0, stable_sessions=0, safety_breaches=()))
        plain, padded = take(RULES, plain, each), take(RULES, padded, each)
    assert padded.metrics == plain.metrics
    assert padded.limits == plain.limits


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_strata_changes_nothing(seed: int) -> None:
    random, one, other = Random(seed), begin(RULES, steps=STEPS), begin(RULES, steps=STEPS)
    for index in range(8):
        each = random_interval(random, index, one)
        one, other = take(RULES, one, each), take(RULES, other, replace(each, strata=each.strata[::-1]))
    assert one == other


def test_a_state_is_a_value_and_taking_leaves_it_as_it_was() -> None:
    state = begin(RULES, steps=STEPS)
    saved = json.dumps(state.to_state())
    take(RULES, state, random_interval(Random(1), 0, state))
    could_not_read(state, Unreadable(BEGIN, "gone"))
    assert json.dumps(state.to_state()) == saved


def test_only_the_first_failure_to_read_says_since_when() -> None:
    state = could_not_read(begin(RULES, steps=STEPS), Unreadable(BEGIN, "first"))
    later = could_not_read(state, Unreadable(interval(3).end, "second"))
    assert (later.unknown_since, later.unknown_reason) == (BEGIN, "second")
    assert reread(later) == later


def grown(units: int) -> HealthState:
    """Sixty checks, each of so many units."""
    rules, state, random = HealthRules(), begin(HealthRules(), steps=STEPS), Random(7)
    shape = random_stratum(random, 0, 8_000.0, most=60)
    latencies = LogHistogram.from_state(
        {
            "buckets": {str(bucket): max(1, units // 200) for bucket in range(300, 500)},
            "sum": 1e6, "min": 400.0, "max": 22_000.0,
        }
    )  # fmt: skip
    for index in range(60):
        part = replace(
            shape,
            counts={"error_rate": PairCounts(units // 10, units // 1_000, units * 9 // 10, units // 100)},
            quantiles={"p95_latency": replace(shape.quantiles["p95_latency"], canary=latencies, stable=latencies)},
            scores={"evaluation_score": ScoreValues((0.8,), (0.8,) * 9)},
        )
        state = take(rules, state, interval(index, part))
    return state


def calls_of_a_check(units: int) -> int:
    """Functions that are called in one more check."""
    rules, state, calls = HealthRules(), grown(units), 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    each = interval(60, errors(60, 2, 540, 11))
    sys.setprofile(count)
    try:
        state = take(rules, state, each)
        assess(rules, state, now=each.end, step=0)
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_of_a_check_does_not_grow_with_traffic() -> None:
    few = calls_of_a_check(2_000)  # also what is computed once a process
    few, many = min(few, calls_of_a_check(2_000)), calls_of_a_check(2_000_000_000)
    assert many <= few * 1.05


def test_the_size_of_a_state_does_not_grow_with_traffic() -> None:
    """Not a value more; only their digits grow. 11 kB, of 200 buckets in use per histogram."""
    small, large = (json.dumps(grown(units).to_state()) for units in (2_000, 2_000_000_000))
    assert large.count(",") == small.count(",")
    assert len(large) < 12_000


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda saved: {**saved, "version": 2}, "version 2"),
        (lambda saved: {}, "version None"),
        (lambda saved: {**saved, "share": "half"}, "damaged"),
        (lambda saved: {**saved, "starts": []}, "damaged"),
        (lambda saved: {key: value for key, value in saved.items() if key != "silence"}, "damaged"),
        (lambda saved: {**saved, "measured_until": "2026-01-01T00:00:00"}, "damaged"),
    ],
)
def test_a_state_that_is_none_is_refused_with_one_line(change: Callable[[dict[str, Any]], dict[str, Any]], found: str) -> None:
    saved = begin(RULES, steps=STEPS).to_state()
    with pytest.raises(HealthStateUnreadable, match=found) as raised:
        HealthState.from_state(change(saved))
    assert raised.value.code == "E3004"
    assert "\n" not in str(raised.value)


def test_evidence_is_not_carried_over_to_other_rules() -> None:
    state = begin(HealthRules(metrics=(ERROR_RATE,)), steps=STEPS)
    other = HealthRules(metrics=(replace(EVALUATION_SCORE, name="error_rate"),))
    for rules in (HealthRules(), other, HealthRules(metrics=(replace(ERROR_RATE, null_ratio=1.3),))):
        with pytest.raises(HealthStateUnreadable, match="other rules"):
            take(rules, state, interval())
        with pytest.raises(HealthStateUnreadable, match="other rules"):
            assess(rules, state, now=BEGIN, step=0)


@pytest.mark.parametrize(
    ("part", "named"),
    [
        (errors(3, 4, 1, 0), "error_rate: 4 of 3 canary"),
        (errors(3, 0, 5, -1), "error_rate: 0 of 3 canary and -1 of 5 stable"),
        (StratumInterval(0, scores={"evaluation_score": ScoreValues((0.5, 1.2), ())}), "evaluation_score: the value 1.2"),
        (StratumInterval(0, scores={"evaluation_score": ScoreValues((), (0.5, float("nan")))}), "evaluation_score: the value nan"),
        (StratumInterval(0, scores={"evaluation_score": ScoreValues(failures=PairCounts(1, 2))}), "judge failures of evaluation_score"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_taken(part: StratumInterval, named: str) -> None:
    with pytest.raises(ImpossibleMeasurement, match=named):
        take(HealthRules(), begin(HealthRules(), steps=STEPS), interval(0, part))


def test_other_impossible_intervals_are_refused() -> None:
    state = begin(HealthRules(), steps=STEPS)
    for each in (interval(0, share=1.5), interval(0, sessions=(-1, 0)), interval(0, errors(1, 0, 1, 0), errors(1, 0, 1, 0))):
        with pytest.raises(ImpossibleMeasurement):
            take(HealthRules(), state, each)


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (HealthRules(metrics=(ERROR_RATE, ERROR_RATE)), "two metrics of one name"),
        (HealthRules(absolute_limits={"cost": 1.0}), "'cost', which is not gated"),
        (HealthRules(alpha=0), "alpha"),
        (HealthRules(metrics=(replace(ERROR_RATE, guard=0.9),)), "at least 1"),
        (HealthRules(metrics=(replace(EVALUATION_SCORE, guard=1.1),)), "at most 1"),
        (HealthRules(metrics=(replace(P95_LATENCY, quantile=1.0),)), "quantile"),
        (HealthRules(metrics=(replace(ERROR_RATE, null_ratio=20),)), "null ratio"),
        (HealthRules(metrics=(GatedMetric("cost", MetricKind.SCORE, guard=1.2, cap=0.0),)), "cap"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(rules: HealthRules, named: str) -> None:
    with pytest.raises(RulesUnusable, match=named):
        begin(rules, steps=STEPS)
