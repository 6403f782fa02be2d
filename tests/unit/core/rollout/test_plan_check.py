from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.health.begin import begin
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, GatedMetric, HealthRules, MetricKind
from goldfinch.core.rollout.durations import duration
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.plan_check import problems, scaled

MINUTE = timedelta(minutes=1)
END = Step(100, timedelta(0))
COST = GatedMetric("cost", MetricKind.SCORE, guard=1.2, design_factor=2.0, cap=5.0)


def test_the_plan_of_the_specification_can_be_carried_out() -> None:
    assert problems(RolloutPlan()) == ()
    assert [(step.weight_percent, step.bake.total_seconds()) for step in RolloutPlan().steps] == [(10, 1800), (50, 1800), (100, 0)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": ()}, "steps: there is none"),
        ({"steps": (Step(50, MINUTE), Step(10, MINUTE), END)}, "each weight is above the one before, not 50, 10, 100"),
        ({"steps": (Step(0, MINUTE), END)}, "weights are 1 to 100 percent, not 0, 100"),
        ({"steps": (Step(10, MINUTE),)}, "the last weight is 100, not 10"),
        ({"steps": (Step(10, timedelta(0)), END)}, "steps[0].bake: a step is watched"),
        ({"steps": (Step(10, timedelta(seconds=59)), END)}, "steps[0].bake: shorter than a check (1m apart)"),
        ({"steps": (Step(100, MINUTE),)}, "steps[0].bake: the last step has none; `post_promotion`"),
        ({"steps": (Step(100, timedelta(0), wait_for_person=True),)}, "steps[0].wait_for_person: nothing follows 100 %"),
        ({"ready_within": timedelta(0)}, "ready_within: has to be above 0s"),
        ({"warm_up": -MINUTE}, "warm_up: has to be 0s or more"),
        ({"max_extension": 0.5}, "max_extension: a factor of 1"),
        ({"post_promotion": timedelta(seconds=5)}, "post_promotion: shorter than a check"),
        ({"max_hold": timedelta(seconds=5)}, "max_hold: shorter than a check"),
        ({"health": HealthRules(check_every=timedelta(0))}, "health.check_every: has to be above 0s"),
        ({"health": HealthRules(alpha=0.5)}, "health.alpha"),
        ({"health": HealthRules(unknown_limit=MINUTE)}, "health.unknown_limit: comes after"),
        ({"health": HealthRules(metrics=(ERROR_RATE, ERROR_RATE))}, "health.metrics: error_rate is there twice"),
        ({"health": HealthRules(absolute_limits={"eror_rate": 0.1})}, "there is no metric eror_rate"),
        ({"health": HealthRules(metrics=(replace(EVALUATION_SCORE, guard=1.1),))}, "the guard of evaluation_score is at most 1"),
        ({"health": HealthRules(metrics=(replace(ERROR_RATE, guard=0.9),))}, "the guard of error_rate is at least 1"),
        ({"health": HealthRules(metrics=(replace(COST, guard=0.5),))}, "the guard of cost is at least 1"),
        ({"health": HealthRules(metrics=(replace(COST, design_factor=0.8),))}, "the design_factor of cost is above 1"),
        ({"health": HealthRules(metrics=(replace(ERROR_RATE, design_factor=1.0),))}, "the design_factor of error_rate is above 1"),
        ({"health": HealthRules(metrics=(replace(EVALUATION_SCORE, design_factor=1.5),))}, "design_factor of evaluation_score is below 1"),
        ({"health": HealthRules(absolute_limits={"error_rate": 2})}, "that of error_rate is above 0 and below 1, not 2"),
        ({"health": HealthRules(absolute_limits={"evaluation_score": 0})}, "that of evaluation_score is above 0 and below 1, not 0"),
        ({"health": HealthRules(absolute_limits={"p95_latency": -1})}, "that of p95_latency is above 0, not -1"),
        ({"health": HealthRules(metrics=(COST,), absolute_limits={"cost": 5})}, "that of cost is above 0 and below 5, not 5"),
    ],
)
def test_what_cannot_be_carried_out_is_named_by_its_key(changes: dict[str, Any], words: str) -> None:
    found = problems(replace(RolloutPlan(), **changes))
    assert any(words in problem for problem in found), found


@given(st.floats(0.01, 10_000))
def test_a_time_scale_divides_every_duration_and_nothing_else(factor: float) -> None:
    plan, fast = RolloutPlan(), scaled(RolloutPlan(), factor)
    assert fast.time_scale == factor
    pairs: tuple[tuple[Any, Any], ...] = ((plan, fast), (plan.health, fast.health), *zip(plan.steps, fast.steps, strict=True))
    for before, after in pairs:
        for field in fields(before):
            old, new = getattr(before, field.name), getattr(after, field.name)
            if isinstance(old, timedelta):
                assert new == old / factor
            elif field.name not in ("steps", "health", "time_scale"):
                assert new == old


def test_a_time_scale_of_two_scales_is_their_product() -> None:
    assert scaled(scaled(RolloutPlan(), 2), 3).time_scale == 6


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan")])
def test_a_time_scale_is_a_positive_number(factor: float) -> None:
    with pytest.raises(ValueError, match="no positive number"):
        scaled(RolloutPlan(), factor)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("0s", 0), (" 2h ", 7200), ("1h1m1s", 3661)])
def test_durations_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "30", "m", "30 m", "-5m", "5m1h", "1.5h", "٣m", "9" * 30 + "s", "31h60m99d"])
def test_what_is_no_duration_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration such as"):
        duration(text)


def test_a_duration_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 30 days"):
        duration("999999h")


@given(st.text(max_size=60))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        length = duration(text)
    except ValueError:
        return
    assert timedelta(0) <= length <= timedelta(days=30)


def test_a_plan_and_the_health_rules_agree_on_an_amount_with_a_cap() -> None:
    plan = RolloutPlan(health=HealthRules(metrics=(COST,), absolute_limits={"cost": 2}))

    assert problems(plan) == ()
    assert begin(plan.health, steps=plan.steps).metrics.keys() == {"cost"}
