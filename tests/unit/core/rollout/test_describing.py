from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from goldfinch.core.rollout.describing import countdown, describe, next_of, status, title
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase
from tests.rollout_world import CANARY, STABLE, START

MINUTE = timedelta(minutes=1)
BAKING = RolloutState(
    Phase.PROGRESSING,
    part=StepPhase.BAKING,
    weight_percent=10,
    verified_weight_percent=10,
    entered_at=START,
    deadline=START + 30 * MINUTE,
    reason="warm",
)


def test_a_bake_says_what_is_served_since_when_and_what_is_next() -> None:
    assert describe(RolloutPlan(), BAKING, canary=CANARY, now=START) == (
        "Progressing(step 1 of 3: Baking) - 10 % on rel_new since 14:00Z; warm; next: 50 % if the measurements up to then pass (14:30Z)"
    )


def test_a_bake_before_a_persons_decision_says_so() -> None:
    plan = RolloutPlan(steps=(Step(10, MINUTE, wait_for_person=True), Step(100, timedelta(0))))
    assert next_of(plan, BAKING, START) == ("a person decides, if the measurements up to then pass", START + 30 * MINUTE)


def test_a_weight_that_was_not_seen_yet_is_not_called_served() -> None:
    state = replace(BAKING, part=StepPhase.SHIFTING, verified_weight_percent=None)
    assert "10 % asked for on rel_new, unverified" in describe(RolloutPlan(), state, canary=CANARY, now=START)


def test_the_status_is_a_block_of_labels_and_values() -> None:
    plan = replace(RolloutPlan(), time_scale=60.0)
    block = str(status(plan, BAKING, canary=CANARY, stable=STABLE, now=START + MINUTE))
    assert "  weight  10 % wanted, 10 % verified\n" in block
    assert "  steps   10 % for 30m (now), 50 % for 30m, 100 %\n" in block
    assert "(14:30Z, 29m)" in block
    assert "every duration divided by 60" in block
    assert "none: a first release" in str(status(plan, BAKING, canary=CANARY, stable=None, now=START))


@pytest.mark.parametrize("reason", list(PauseReason))
def test_every_hold_says_what_ends_it(reason: PauseReason) -> None:
    state = replace(BAKING, phase=Phase.PAUSED, pause=Pause(reason, START, MINUTE, seen_at=START))
    action, _ = next_of(RolloutPlan(), state, START)
    assert action
    assert title(RolloutPlan(), state) == f"Paused({reason})"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.PAUSED])
def test_every_phase_has_a_sentence_without_any_part(phase: Phase) -> None:
    state = RolloutState(phase)
    assert describe(RolloutPlan(), state, canary=CANARY, now=START)
    assert str(status(RolloutPlan(), state, canary=CANARY, stable=STABLE, now=START))


@pytest.mark.parametrize("part", list(RollbackPhase))
def test_every_part_of_the_way_back_has_a_sentence(part: RollbackPhase) -> None:
    assert next_of(RolloutPlan(), RolloutState(Phase.ROLLING_BACK, part=part), START)[0]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (40, "40s"), (60, "1m"), (90, "1m30s"), (1800, "30m"), (3900, "1h05m"), (-1, "overdue")]
)
def test_lengths_are_said_as_people_do(seconds: int, words: str) -> None:
    assert countdown(timedelta(seconds=seconds)) == words
