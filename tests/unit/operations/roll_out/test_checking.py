"""What an interval still says while a rollout is held in doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from goldfinch.core.health.interval import Interval, StratumInterval
from goldfinch.core.health.sample_ratio import SampleRatio, counted
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RolloutState
from goldfinch.operations.roll_out import checking

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _held(reason: PauseReason) -> RolloutState:
    pause = Pause(reason, NOW, timedelta(0), back_to=Phase.PROGRESSING)
    return RolloutState(phase=Phase.PAUSED, weight_percent=10, pause=pause)


def _interval() -> Interval:
    end = NOW + timedelta(minutes=1)
    return Interval(NOW, end, 0, 0.1, strata=(StratumInterval(0),), canary_sessions=500, stable_sessions=500, safety_breaches=("s",))


@pytest.mark.parametrize(("reason", "sessions"), [(PauseReason.ROUTE_DRIFT, 0), (PauseReason.SAMPLE_RATIO_MISMATCH, 1000)])
def test_sessions_that_came_by_shares_of_somebody_else_are_no_sample_of_ours(reason: PauseReason, sessions: int) -> None:
    seen = checking._comparable(_held(reason), _interval())

    assert counted(SampleRatio(), seen).sessions == sessions
    assert (seen.strata, seen.safety_breaches) == ((), ("s",))
