"""Whose figures are asked of a Prometheus."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from goldfinch.bootstrap.monitoring import _releases
from goldfinch.core.errors import ExitCode
from goldfinch.core.recovery.watching import Health, WatchReport
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.operations.monitor import RolloutReport
from goldfinch.testing.rollout_store import sample_rollout

CANARY, STABLE = "rel_00000000000000aa", "rel_00000000000000bb"


def place_after(latest: Rollout | None) -> Any:
    rollouts = SimpleNamespace(latest=lambda service, environment: latest)
    return SimpleNamespace(store=SimpleNamespace(rollouts=rollouts), service="agent", environment="production")


def service_report(releases: dict[str, int]) -> WatchReport:
    return WatchReport(Health.INCONCLUSIVE, "inconclusive", 60.0, releases=releases)


def test_of_a_rollout_both_and_of_a_first_release_the_one() -> None:
    report = RolloutReport(sample_rollout(), ExitCode.PASSED, "")
    assert _releases(report, place_after(None)) == (STABLE, CANARY)
    assert _releases(RolloutReport(sample_rollout(stable=None), ExitCode.PASSED, ""), place_after(None)) == (CANARY,)


def test_of_a_service_those_that_answered_and_never_the_proxy() -> None:
    assert _releases(service_report({"rel_b": 3, "the proxy itself": 2, "rel_a": 1}), place_after(None)) == ("rel_a", "rel_b")


@pytest.mark.parametrize(("phase", "serving"), [(Phase.SUCCEEDED, CANARY), (Phase.ROLLED_BACK, STABLE)])
def test_where_nobody_came_the_one_that_serves_by_the_record(phase: Phase, serving: str) -> None:
    assert _releases(service_report({}), place_after(sample_rollout(state=RolloutState(phase)))) == (serving,)


def test_without_users_and_record_none() -> None:
    assert _releases(service_report({}), place_after(None)) == ()
