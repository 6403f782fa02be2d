"""Which rollout is probed, and on which arms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goldfinch.core.health.metrics import Arm
from goldfinch.core.probes.probed import ProbedRollout, probe_value, probed
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase, RolloutState

BAKING = RolloutState(Phase.PROGRESSING, weight_percent=10, verified_weight_percent=10)
ROLLOUT = Rollout("r1", "svc", "production", "new", "old", RolloutPlan(), BAKING, datetime(2026, 1, 1, tzinfo=UTC), "ada")


def test_both_arms_are_probed_while_the_traffic_is_split() -> None:
    assert probed(ROLLOUT) == ProbedRollout("r1", {Arm.CANARY: "new", Arm.STABLE: "old"})


@pytest.mark.parametrize("phase", sorted(BEFORE_TRAFFIC | TERMINAL | {Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED}))
def test_nobody_is_probed_without_traffic_or_on_the_way_back(phase: Phase) -> None:
    assert probed(replace(ROLLOUT, state=replace(BAKING, phase=phase))) is None


@pytest.mark.parametrize("weight", [None, 0])
def test_a_weight_counts_once_it_is_verified(weight: int | None) -> None:
    assert probed(replace(ROLLOUT, state=replace(BAKING, verified_weight_percent=weight))) is None
    assert probed(None) is None


def test_the_canary_alone_is_probed_where_nothing_is_compared() -> None:
    alone = ProbedRollout("r1", {Arm.CANARY: "new"})
    assert probed(replace(ROLLOUT, stable=None)) == alone
    assert probed(replace(ROLLOUT, state=replace(BAKING, phase=Phase.POST_PROMOTION_ANALYSIS, verified_weight_percent=100))) == alone


def test_what_is_not_known_is_missing_and_never_nought() -> None:
    assert [probe_value(passed) for passed in (True, False, None)] == [1.0, 0.0, None]
