"""What a rollout says that it cannot see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from goldfinch.core.health.begin import begin
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, HealthRules
from goldfinch.core.rollout.blindness import blind_to, traffic_of
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.record import Rollout
from tests.shown_rollouts import rollout_row


def with_traffic(plan: RolloutPlan, sessions: int, intervals: int) -> Rollout:
    health = replace(
        begin(plan.health, steps=plan.steps), intervals=intervals, canary_sessions=sessions // 10, stable_sessions=sessions * 9 // 10
    )
    return replace(rollout_row(plan=plan), health=health.to_state())


def test_guards_tolerate_something_in_every_plan() -> None:
    first = blind_to(rollout_row())[0]
    assert first == "differences within the guards are tolerated: error_rate ×1.05, p95_latency ×1.3, evaluation_score −10 %"


def test_before_any_traffic_the_designed_differences_are_named() -> None:
    assert any("error_rate ×5, p95_latency ×2, evaluation_score −20 %" in words for words in blind_to(rollout_row()))


def test_with_traffic_each_step_says_what_it_is_too_short_for() -> None:
    few = with_traffic(RolloutPlan(), 100, 10)
    assert traffic_of(few) is not None
    words = [sentence for sentence in blind_to(few) if sentence.startswith("at 10 sessions a minute step 1")]
    assert len(words) == 1
    assert "at all" in words[0]
    many = " ".join(blind_to(with_traffic(RolloutPlan(), 1_000_000, 10)))
    assert "error_rate better than ×1.25" in many
    assert "at all" not in many


def test_a_rehearsal_names_its_wide_design_factors_and_its_short_times() -> None:
    metrics = (
        replace(ERROR_RATE, design_factor=20.0),
        replace(P95_LATENCY, design_factor=3.0),
        replace(EVALUATION_SCORE, design_factor=0.7),
    )
    second = timedelta(seconds=1)
    plan = RolloutPlan(
        steps=(Step(25, 20 * second), Step(50, 20 * second), Step(100, 0 * second)),
        health=HealthRules(metrics=metrics, check_every=2 * second),
        post_promotion=10 * second,
    )
    words = " ".join(blind_to(rollout_row(plan=plan)))
    assert "error_rate ×20, p95_latency ×3, evaluation_score −30 %" in words
    assert "watched for 50 s in all" in words


def test_divided_times_are_said() -> None:
    assert any("divided by 60" in words for words in blind_to(rollout_row(plan=RolloutPlan(time_scale=60))))


def test_a_first_release_is_compared_with_nothing() -> None:
    words = blind_to(rollout_row(stable=None))
    assert "compared with nothing" in words[0]
    assert "no absolute limits" in words[1]


def test_evidence_that_cannot_be_read_is_no_traffic() -> None:
    assert traffic_of(replace(rollout_row(), health={"version": 99})) is None
