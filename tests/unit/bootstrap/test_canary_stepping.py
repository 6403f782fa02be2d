"""One transition of one record: which steps a rollout gets that is begun with a percentage."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldfinch.bootstrap.canary_stepping import in_single_steps
from goldfinch.core.rollout.plan import DEFAULT_STEPS, RolloutPlan
from goldfinch.core.rollout.plan_check import problems


@pytest.mark.parametrize(
    ("percentage", "weights"), [(10, [10, 50, 100]), (50, [50, 100]), (100, [100]), (25, [25, 50, 100]), (5, [5, 10, 50, 100])]
)
def test_each_step_but_the_last_waits_for_the_next_command(percentage: int, weights: list[int]) -> None:
    steps = in_single_steps(DEFAULT_STEPS, percentage)
    assert [step.weight_percent for step in steps] == weights
    assert [step.wait_for_person for step in steps] == [True] * (len(weights) - 1) + [False]
    assert not problems(RolloutPlan(steps=steps))
    assert all(step.bake >= timedelta(minutes=30) for step in steps[:-1])
