"""A row and its history as one value, and that value as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest

from goldfinch.adapters.remote.documents import overview_schema, read_decision, read_overview, read_rollout
from goldfinch.core.rollout.overview_json import decision_facts, length, moment, overview_facts, rollout_facts
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.showing import POINTS, migrations, overview, rollback_command
from goldfinch.core.rollout.state import Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.core.serving.failures import ServerUnusable
from tests.shown_rollouts import BAKING, DECISIONS, NOW, checked, moved, rollout_row, shown_overview


def test_the_latest_check_is_the_assessment_and_every_check_a_point() -> None:
    shown = shown_overview()
    assert shown.assessment == DECISIONS[-1].assessment
    assert [line.metric for line in shown.series] == ["error_rate", "p95_latency"]
    assert [point.canary for point in shown.series[0].points] == [0.002 * minute for minute in range(1, 9)]


def test_checks_that_changed_nothing_are_points_and_no_decisions() -> None:
    assert shown_overview().decisions == DECISIONS[:2]


def test_a_metric_keeps_its_last_sixty_points() -> None:
    shown = overview(rollout_row(), NOW, decisions=tuple(checked(minute) for minute in range(200)))
    assert len(shown.series[0].points) == POINTS


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.SUCCEEDED, 0),
        (Phase.FAILED, 1),
        (Phase.PROGRESSING, 3),
        (Phase.PAUSED, 3),
        (Phase.CANCELLED, 3),
        (Phase.ROLLED_BACK, 5),
        (Phase.ROLLBACK_FAILED, 6),
    ],
)
def test_the_exit_code_says_how_it_stands(phase: Phase, code: int) -> None:
    part = StepPhase.BAKING if phase is Phase.PROGRESSING else None
    assert overview(rollout_row(RolloutState(phase=phase, part=part)), NOW, decisions=()).exit_code == code


def test_the_way_back_is_typed_as_it_stands() -> None:
    assert rollback_command(rollout_row()) == "goldfinch rollout abort ro_1 --reason WHY"
    succeeded = rollout_row(RolloutState(phase=Phase.SUCCEEDED))
    assert rollback_command(succeeded) == "goldfinch rollback --to rel_old --environment production --reason WHY"
    assert rollback_command(replace(succeeded, stable=None)) == ""
    assert rollback_command(rollout_row(RolloutState(phase=Phase.ROLLED_BACK))) == ""


def test_migrations_are_said_from_plan_and_way() -> None:
    planned = rollout_row(RolloutState(), plan=RolloutPlan(migrations=True))
    assert migrations(rollout_row(), ()) == "none planned"
    assert migrations(planned, ()) == "planned, not run"
    assert "run now" in migrations(replace(planned, state=RolloutState(phase=Phase.MIGRATING)), ())
    assert "expanded" in migrations(planned, (moved(0, "Migrating", "WaitingApproval"),))
    assert migrations(planned, (moved(0, "Migrating", "Failed"),)) == "planned, not run"


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


STATES = [
    BAKING,
    RolloutState(),
    RolloutState(phase=Phase.ROLLING_BACK, part=RollbackPhase.VERIFYING, weight_percent=0),
    RolloutState(phase=Phase.PROGRESSING, part=StepPhase.VERIFYING, weight_percent=10),
    RolloutState(phase=Phase.PROMOTING, part=RollbackPhase.DRAINING, weight_percent=100, step=2),
]


@pytest.mark.parametrize("state", STATES)
def test_what_is_written_as_json_is_read_back_as_it_was_and_fits_the_schema(state: RolloutState) -> None:
    shown = shown_overview(state)
    document = through_json(overview_facts(shown))
    jsonschema.validate(document, overview_schema())
    assert read_overview(document, "x") == shown
    assert read_rollout(through_json(rollout_facts(shown.rollout)), "x") == shown.rollout
    for decision in shown.decisions:
        assert read_decision(through_json(decision_facts(decision)), "x") == decision


def test_the_saved_evidence_is_the_controllers_own() -> None:
    document = overview_facts(replace(shown_overview(), rollout=rollout_row(health={"a": 1}, cursor="c")))
    assert "health" not in document["rollout"]
    assert "cursor" not in document["rollout"]


def test_a_number_that_is_none_is_null() -> None:
    found = checked(1)
    assert found.assessment is not None
    odd = replace(found.assessment.checks[0], ratio=float("inf"))
    document = decision_facts(replace(found, assessment=replace(found.assessment, checks=(odd,))))
    assert document["assessment"]["checks"][0]["ratio"] is None


@pytest.mark.parametrize("document", [None, [], {}, {"rollout": 3}, {"kind": "rollout_overview"}])
def test_what_is_no_overview_is_refused_in_one_line(document: object) -> None:
    with pytest.raises(ServerUnusable) as refused:
        read_overview(document, "http://there")
    assert refused.value.code == "E3603"
    assert "\n" not in str(refused.value)


def test_times_and_lengths_are_iso_8601() -> None:
    assert moment(datetime(2026, 1, 1, 12, tzinfo=UTC)) == "2026-01-01T12:00:00Z"
    assert [length(timedelta(seconds=s)) for s in (1800, 0, 0.5, -3)] == ["PT1800S", "PT0S", "PT0.5S", "-PT3S"]
