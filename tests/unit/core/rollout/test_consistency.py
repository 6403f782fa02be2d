"""States that no rollout can reach are named; those it can reach are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goldfinch.core.rollout.consistency import contradictions
from goldfinch.core.rollout.fingerprint import fingerprint
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase
from tests.unit.core.rollout.test_every_state import ALONE, BARE, BRIEF, SHORT, Exploration

AT = datetime(2026, 1, 1, tzinfo=UTC)
BAKING = RolloutState(Phase.PROGRESSING, 1, StepPhase.BAKING, 50, 50, entered_at=AT, deadline=AT + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (replace(BAKING, step=3), "step 4 of a plan with 3"),
        (replace(BAKING, step=-1), "step 0 of a plan with 3"),
        (replace(BAKING, part=RollbackPhase.DRAINING), "Progressing with the part Draining"),
        (replace(BAKING, part=None), "Progressing with the part none"),
        (replace(BAKING, weight_percent=101), "a share of 101 %"),
        (replace(BAKING, weight_percent=90), "90 % in step 2, which the plan does not have"),
        (replace(BAKING, deadline=None), "a bake without an end"),
        (replace(BAKING, deadline=datetime(2026, 1, 1)), "deadline without a time zone"),  # noqa: DTZ001
        (replace(BAKING, attempts=-1), "-1 attempts"),
        (replace(BAKING, phase=Phase.PAUSED), "Paused without what it waits for"),
        (replace(BAKING, phase=Phase.PENDING, part=None), "Pending with 50 % of the traffic"),
        (replace(BAKING, phase=Phase.ROLLED_BACK, part=None), "RolledBack to 50 % of the traffic"),
        (replace(BAKING, pause=Pause(PauseReason.OPERATOR_PAUSE, AT, timedelta(-1))), "a bake of less than nothing left"),
    ],
)
def test_names_what_cannot_be(state: RolloutState, said: str) -> None:
    assert said in contradictions(RolloutPlan(), state)


@pytest.mark.parametrize(
    "state",
    [
        RolloutState(),
        BAKING,
        replace(BAKING, weight_percent=10, part=StepPhase.SCALING_UP),
        RolloutState(Phase.ROLLING_BACK, 1, RollbackPhase.SHIFTING_BACK, 50, 50, entered_at=AT),
        RolloutState(Phase.SUCCEEDED, 2, None, 100, 100),
    ],
)
def test_says_nothing_of_what_can_be(state: RolloutState) -> None:
    assert contradictions(RolloutPlan(), state) == ()


def test_equal_states_have_one_fingerprint_and_others_another() -> None:
    assert fingerprint(BAKING) == fingerprint(replace(BAKING))
    others = [replace(BAKING, weight_percent=10), replace(BAKING, deadline=AT), replace(BAKING, reason="x")]
    assert len({fingerprint(state) for state in [BAKING, *others]}) == 4


@pytest.mark.parametrize(
    ("plan", "first"),
    [
        pytest.param(BRIEF, False, id="brief"),
        pytest.param(BRIEF, True, id="brief first"),
        pytest.param(BARE, False, id="bare", marks=pytest.mark.long),
        pytest.param(ALONE, True, id="alone first", marks=pytest.mark.long),
        pytest.param(SHORT, False, id="short", marks=pytest.mark.long),
    ],
)
def test_says_nothing_of_any_state_that_the_state_machine_leads_to(plan: RolloutPlan, first: bool) -> None:
    explored = Exploration(plan, first=first)
    explored.run()
    states = [state for state, _ in explored.nodes.values()]
    assert len(states) > 20
    assert not {found for state in states for found in contradictions(plan, state)}
