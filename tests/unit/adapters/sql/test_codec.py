"""What was written comes back exactly; what cannot be read says so."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.adapters.sql import codec
from goldfinch.core.audit.failures import StoreDamaged, StoreTooNew
from goldfinch.core.health.metrics import GatedMetric, HealthRules
from goldfinch.core.health.outcome import Assessment, Measured, MetricCheck
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.state import Pause, RolloutState

times = st.datetimes(timezones=st.just(UTC))
durations = st.timedeltas()
floats = st.floats(allow_nan=False)
texts = st.text(st.characters())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
plans = st.builds(
    RolloutPlan,
    steps=st.lists(st.builds(Step, st.integers(), durations, st.booleans()), max_size=3).map(tuple),
    health=st.builds(
        HealthRules,
        metrics=st.lists(st.builds(GatedMetric, name=texts, guard=floats, cap=st.none() | floats), max_size=2).map(tuple),
        alpha=floats,
        check_every=durations,
        absolute_limits=st.dictionaries(texts, floats, max_size=2),
    ),
    warm_up=durations,
    time_scale=floats,
)
states = st.builds(
    RolloutState,
    entered_at=st.none() | times,
    deadline=st.none() | times,
    pause=st.none() | st.builds(Pause, since=times, bake_left=durations),
    reason=texts,
)
measured = st.builds(Measured, value=st.none() | floats, units=st.integers(0, 2**62), bad=st.none() | st.integers(0, 2**62))
checks = st.builds(
    MetricCheck, metric=texts, canary=measured, stable=measured, ratio=st.none() | floats, log_e=floats, log_threshold=floats, guard=floats,
    reason=texts, threshold_ms=st.none() | floats,
)  # fmt: skip
assessments = st.builds(Assessment, at=times, reason=texts, checks=st.lists(checks, max_size=2).map(tuple))


@given(plans)
def test_plans_come_back_exactly(plan: RolloutPlan) -> None:
    assert codec.load_plan(codec.dump(codec.PLAN, plan), "here") == plan


@given(states)
def test_states_come_back_exactly_with_the_enum_of_their_part(state: RolloutState) -> None:
    back = codec.load_state(codec.dump_state(state), "here")
    assert back == state
    assert type(back.part) is type(state.part)


@given(assessments)
def test_assessments_come_back_exactly(assessment: Assessment) -> None:
    text = codec.dump(codec.ASSESSMENT, assessment)
    assert codec.load_assessment(text, "here") == assessment
    json.loads(text, parse_constant=pytest.fail)


@given(st.dictionaries(texts, json_values, max_size=4))
def test_health_comes_back_bit_for_bit(health: dict[str, Any]) -> None:
    back = codec.load(codec.HEALTH, codec.dump(codec.HEALTH, health), "here")
    assert repr(back) == repr(health)


def test_takes_numbers_of_numpy_and_not_a_number() -> None:
    health = {"a": np.float64(0.1), "b": np.int64(7), "nan": math.nan}
    back = codec.load(codec.HEALTH, codec.dump(codec.HEALTH, health), "here")
    assert (back["a"], back["b"]) == (0.1, 7)
    assert math.isnan(back["nan"])
    with pytest.raises(TypeError, match="cannot be kept"):
        codec.dump(codec.HEALTH, {"a": object()})


def test_an_older_format_is_brought_up_step_by_step() -> None:
    text = json.dumps({"schema_version": 1, "value": {"weight": 10}})
    newer = codec.Format("state", (lambda old: {"weight_percent": old["weight"]}, lambda old: {**old, "verified": None}))
    assert codec.load(newer, text, "here") == {"weight_percent": 10, "verified": None}
    assert codec.load(newer, codec.dump(newer, {"a": 1}), "here") == {"a": 1}


def test_a_newer_format_is_refused() -> None:
    text = json.dumps({"schema_version": 2, "value": {}})
    with pytest.raises(StoreTooNew, match="rollout ro_1: its plan is of version 2, this Goldfinch knows 1"):
        codec.load_plan(text, "rollout ro_1")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", "{}", '{"schema_version": 1}', '{"schema_version": "x", "value": {}}', '{"schema_version": 1, "value": 7}',
     '{"schema_version": 1, "value": {"part": "StepPhase.Nowhere"}}', '{"schema_version": 1, "value": {"part": "Baking"}}',
     '{"schema_version": 1, "value": {"phase": "Gone"}}', '{"schema_version": 0, "value": {"phase": "Gone"}}', "[" * 100_000],
)  # fmt: skip
def test_what_cannot_be_read_says_what_and_where(text: str) -> None:
    with pytest.raises(StoreDamaged, match="rollout ro_1: its state cannot be read"):
        codec.load_state(text, "rollout ro_1")


def test_durations_keep_their_microseconds() -> None:
    plan = RolloutPlan(warm_up=timedelta(days=-3, microseconds=7))
    assert codec.load_plan(codec.dump(codec.PLAN, plan), "").warm_up == timedelta(days=-3, microseconds=7)
    assert (
        datetime.max.replace(tzinfo=UTC)
        == codec.load_state(codec.dump_state(RolloutState(deadline=datetime.max.replace(tzinfo=UTC))), "").deadline
    )
