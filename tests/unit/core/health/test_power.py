"""What a step needs and can see, against the figures of STATISTICS A2."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from goldfinch.core.health.failures import TooLittleTraffic
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, GatedMetric, HealthRules, MetricKind
from goldfinch.core.health.outlook import RecentTraffic, check_reachable, visible
from goldfinch.core.health.power import exceedance_ratio, needed
from goldfinch.core.rollout.plan import Step
from tests.health_streams import STEPS

RULES = HealthRules()


@pytest.mark.parametrize(
    ("factor", "rate", "units"), [(5, 0.005, 500), (5, 0.02, 125), (5, 0.05, 50), (2, 0.005, 4_900), (2, 0.02, 1_200), (2, 0.05, 490)]
)
def test_errors_need_what_the_formula_says(factor: float, rate: float, units: int) -> None:
    assert needed(RULES, ERROR_RATE, share=0.1, stages=2, rate=rate, factor=factor) == pytest.approx(units, rel=0.03)


@pytest.mark.parametrize(("factor", "units"), [(2, 100), (1.3, 900)])
def test_latency_needs_what_the_simulation_found(factor: float, units: int) -> None:
    assert needed(RULES, P95_LATENCY, share=0.1, stages=2, factor=factor) == pytest.approx(units, rel=0.03)


@pytest.mark.parametrize(("share", "factor", "units"), [(0.1, 0.8, 40), (0.1, 0.9, 120), (0.5, 0.8, 80), (0.5, 0.9, 240)])
def test_scores_need_about_what_the_simulation_found(share: float, factor: float, units: int) -> None:
    assert units * 0.95 <= needed(RULES, EVALUATION_SCORE, share=share, stages=2, factor=factor) <= units * 1.25


def test_twice_the_latency_is_four_times_the_exceedances_of_the_simulated_latencies() -> None:
    assert exceedance_ratio(2, 0.95) == pytest.approx(4.1, abs=0.05)
    assert exceedance_ratio(1, 0.95) == pytest.approx(1)


def test_an_unknown_or_tiny_rate_is_taken_as_half_a_percent() -> None:
    of_half = needed(RULES, ERROR_RATE, share=0.1, stages=2, rate=0.005)
    assert needed(RULES, ERROR_RATE, share=0.1, stages=2) == of_half
    assert needed(RULES, ERROR_RATE, share=0.1, stages=2, rate=0.0) == of_half


def test_never_less_than_the_least_number_of_units() -> None:
    assert needed(RULES, ERROR_RATE, share=0.1, stages=2, rate=0.9, factor=20) == 20
    assert needed(RULES, ERROR_RATE, share=1.0, stages=2) == 20


def test_what_is_no_difference_is_never_seen() -> None:
    for metric in RULES.metrics:
        assert needed(RULES, metric, share=0.1, stages=2, factor=1.0) >= 10**12


def test_a_cost_needs_fewer_units_for_a_larger_difference() -> None:
    cost = GatedMetric("cost", MetricKind.SCORE, guard=1.2, design_factor=2.0, cap=0.1)
    small, large = (needed(RULES, cost, share=0.1, stages=2, factor=factor) for factor in (1.5, 2.0))
    assert large < small < 1_000


def test_the_outlook_says_what_each_step_can_see() -> None:
    traffic = RecentTraffic(120, {"error_rate": 0.02}, canary_scored=0.12, stable_scored=0.12)
    assert [each.sentence for each in visible(RULES, steps=STEPS, traffic=traffic)] == [
        "step 1 (10 %, 30 minutes) can see: error_rate ×5, p95_latency ×1.5, evaluation_score −20 %",
        "step 2 (50 %, 30 minutes) can see: error_rate ×3, p95_latency ×1.3, evaluation_score −20 %",
    ]


def test_the_outlook_says_what_it_cannot_see() -> None:
    first = visible(RULES, steps=STEPS, traffic=RecentTraffic(5, canary_scored=0.0))[0]
    assert first.sentence.endswith("too little traffic for error_rate, p95_latency, evaluation_score")
    assert first.metrics[2].expected == 0


def test_a_start_that_could_not_see_anything_is_refused_with_the_choices() -> None:
    with pytest.raises(TooLittleTraffic) as refused:
        check_reachable(RULES, steps=STEPS, traffic=RecentTraffic(10, {"error_rate": 0.02}), max_extension=2)
    assert str(refused.value) == (
        "at 10 sessions a minute, step 1 (10 %) would get 60 canary units of error_rate in 60 minutes, extended; it needs 126; "
        "choose one: a longer bake, a larger step, probe sessions, a larger design factor, or an explicit on_inconclusive"
    )
    assert refused.value.code == "E3005"


def test_each_choice_helps() -> None:
    traffic = RecentTraffic(10, {"error_rate": 0.02})
    rules = HealthRules(metrics=(ERROR_RATE,))
    longer = [Step(10, timedelta(hours=2))]
    larger = [Step(50, timedelta(minutes=30))]
    less = replace(rules, metrics=(replace(ERROR_RATE, design_factor=20.0),))
    assert check_reachable(rules, steps=longer, traffic=traffic, max_extension=2)
    assert check_reachable(rules, steps=larger, traffic=traffic, max_extension=2)
    assert check_reachable(less, steps=STEPS, traffic=traffic, max_extension=2)
