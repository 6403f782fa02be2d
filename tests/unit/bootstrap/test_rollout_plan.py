from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goldfinch.bootstrap.rollout_plan import environment_of, plan_of
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.health.metrics import GuardMode, MetricKind, OnNoData
from goldfinch.core.rollout.plan import OnInconclusive, RolloutPlan, SessionsOnRollback, Step
from goldfinch.settings import Settings

END = Step(100, timedelta(0))


def settings(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "goldfinch.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file).settings


def test_without_settings_production_has_the_plan_of_the_specification() -> None:
    assert plan_of(Settings(), environment="production") == RolloutPlan()


def test_staging_gets_everything_at_once() -> None:
    assert plan_of(Settings(), environment="staging").steps == (END,)


def test_every_key_is_read(tmp_path: Path) -> None:
    plan = plan_of(
        settings(
            tmp_path,
            """
rollout:
  steps:
    - {weight: 5, bake: 1h30m, wait_for_person: true}
    - {weight: 100}
  warm_up: 2m
  max_extension: 3.0
  on_inconclusive: rollback
  approval: true
  approval_timeout: 2h
  ready_within: 1m
  verify_within: 30s
  drain_within: 3m
  max_hold: 20m
  post_promotion: 1h
  session_drain: 0s
  stage_within: 4m
  sessions: finish
  migrations: true
  health:
    metrics:
      error_rate: {kind: count, guard: 1.05}
      cost_usd: {kind: score, guard: 1.2, cap: 0.5}
    alpha: 0.005
    min_units: 30
    check_every: 30s
    unknown_hold: 1m
    unknown_limit: 2m
    on_no_data: pause
    guard: none
    absolute_limits: {error_rate: 0.2}
""",
        ),
        environment="production",
    )
    assert plan.steps == (Step(5, timedelta(minutes=90), wait_for_person=True), END)
    assert (plan.warm_up, plan.session_drain, plan.post_promotion) == (timedelta(minutes=2), timedelta(0), timedelta(hours=1))
    assert (plan.approval_timeout, plan.ready_within, plan.verify_within) == (
        timedelta(hours=2),
        timedelta(minutes=1),
        timedelta(seconds=30),
    )
    assert (plan.drain_within, plan.max_hold, plan.stage_within) == (timedelta(minutes=3), timedelta(minutes=20), timedelta(minutes=4))
    assert (plan.max_extension, plan.on_inconclusive, plan.sessions) == (3.0, OnInconclusive.ROLLBACK, SessionsOnRollback.FINISH)
    assert plan.approval
    assert plan.migrations
    health = plan.health
    assert [(metric.name, metric.kind, metric.design_factor, metric.cap) for metric in health.metrics] == [
        ("error_rate", MetricKind.COUNT, 5.0, None),
        ("cost_usd", MetricKind.SCORE, 2.0, 0.5),
    ]
    assert (health.alpha, health.min_units, health.check_every) == (0.005, 30, timedelta(seconds=30))
    assert (health.unknown_hold, health.unknown_limit) == (timedelta(minutes=1), timedelta(minutes=2))
    assert (health.on_no_data, health.guard, health.absolute_limits) == (OnNoData.PAUSE, GuardMode.NONE, {"error_rate": 0.2})


def test_an_environment_goes_before_the_rest_and_a_flag_before_both(tmp_path: Path) -> None:
    written = settings(tmp_path, "rollout:\n  approval: true\n  warm_up: 2m\n  environments:\n    eu: {approval: false, warm_up: 3m}\n")
    assert plan_of(written, environment="production").approval
    assert not plan_of(written, environment="eu").approval
    assert plan_of(written, environment="eu", approval=True).approval
    assert plan_of(written, environment="eu").warm_up == timedelta(minutes=3)
    assert plan_of(written, environment="eu", on_inconclusive=OnInconclusive.PROMOTE).on_inconclusive is OnInconclusive.PROMOTE


def test_what_is_written_for_a_built_in_environment_leaves_the_rest_of_it(tmp_path: Path) -> None:
    written = settings(tmp_path, "rollout:\n  environments:\n    staging: {approval: true}\n    local: {warm_up: 1s}\n")
    assert plan_of(written, environment="staging").steps == (END,)
    assert plan_of(written, environment="staging").approval
    assert environment_of(written, "local").kind == "local"


def test_one_transition_stays_at_its_weight_until_a_person_promotes() -> None:
    assert plan_of(Settings(), environment="production", percentage=25).steps == (
        Step(25, timedelta(minutes=30), wait_for_person=True),
        END,
    )
    assert plan_of(Settings(), environment="staging", percentage=25, bake="5m").steps[0].bake == timedelta(minutes=5)
    assert plan_of(Settings(), environment="production", percentage=100).steps == (END,)
    assert [step.bake for step in plan_of(Settings(), environment="production", bake="5m").steps] == [
        timedelta(minutes=5),
        timedelta(minutes=5),
        timedelta(0),
    ]


def test_a_time_scale_counts_in_local_environments_only() -> None:
    fast = plan_of(Settings(), environment="local", time_scale="60")
    assert (fast.time_scale, fast.steps[0].bake, fast.health.check_every) == (60.0, timedelta(seconds=30), timedelta(seconds=1))
    with pytest.raises(ConfigurationError, match="local environments only, and production is shared") as error:
        plan_of(Settings(), environment="production", time_scale="60")
    assert error.value.code == "E2913"


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "inf", "fast", "1e9"])
def test_a_time_scale_that_is_none_is_refused(scale: str) -> None:
    with pytest.raises(ConfigurationError, match="GOLDFINCH_TIME_SCALE"):
        plan_of(Settings(), environment="local", time_scale=scale)


def test_an_unknown_environment_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean production"):
        plan_of(Settings(), environment="producton")


@pytest.mark.parametrize("flags", [{"percentage": 0}, {"percentage": 101}, {"percentage": 10, "bake": "0s"}, {"bake": "five"}])
def test_flags_that_make_no_plan_are_refused(flags: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as error:
        plan_of(Settings(), environment="production", **flags)  # type: ignore[arg-type]
    assert error.value.code == "E2911"


def test_a_slip_in_the_file_names_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rollout.steps\[0\].bake.*is no duration"):
        settings(tmp_path, "rollout:\n  steps:\n    - {weight: 10, bake: half an hour}\n")
