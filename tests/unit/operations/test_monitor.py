"""Watching a rollout until its step is decided, and watching what serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from goldfinch.core.recovery.watching import Health, Limit, ServedRequest, WatchReport
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.state import Phase
from goldfinch.operations.monitor import (
    ProbedTraffic,
    RolloutReport,
    RolloutTools,
    RolloutWatch,
    ServiceWatch,
    monitor_rollout,
    monitor_service,
)
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.operations.start_rollout import StartRequest, start_rollout
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.evidence_source import ArmTraffic, SimulatedTraffic
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger, sample_release
from goldfinch.testing.rollout_log import FakeRolloutLog
from goldfinch.testing.rollout_store import InMemoryRolloutStore
from goldfinch.testing.traffic_router import FakeRouter

OLD, NEW = sample_release(1), sample_release(2)
MINUTE = timedelta(minutes=1)
PLAN = RolloutPlan(
    steps=(Step(10, 10 * MINUTE, wait_for_person=True), Step(50, 10 * MINUTE, wait_for_person=True), Step(100, timedelta(0))),
    post_promotion=2 * MINUTE,
    session_drain=MINUTE,
)
BAD = ArmTraffic(error_rate=0.2)


def watch_rollout(traffic: SimulatedTraffic, plan: RolloutPlan = PLAN, **fields: Any) -> RolloutReport:
    clock = FakeClock()
    store = InMemoryRolloutStore()
    ledger = InMemoryReleaseLedger(store.audit)
    from goldfinch.core.audit.entry import AuditDraft

    for release in (OLD, NEW):
        ledger.add(release, AuditDraft(clock.utc(), "ada", "release.create", f"release:{release.id}"))
    start_rollout(StartRequest("ro_1", "agent", "production", NEW.id, plan, "ada", stable=OLD.id), store, ledger, clock)
    world = Surroundings(FakeRouter(clock), FakeDeployer(clock, running=(OLD.id,)), traffic, FakeNotifier())
    controller = Controller(Tools(store, ledger, clock, FakeRolloutLog()), lambda _: world, "host")
    watch = replace(RolloutWatch("ro_1", 60.0, "grace"), **fields)
    return asyncio.run(monitor_rollout(watch, RolloutTools(store, ledger, clock, controller.drive, lambda words: None)))


def test_a_step_that_passes_is_0_and_waits_for_the_next_command() -> None:
    found = watch_rollout(SimulatedTraffic(sessions_per_s=20.0))
    assert found.exit_code == 0
    assert found.rollout.state.verified_weight_percent == 10


def test_a_bad_canary_is_5_and_back() -> None:
    found = watch_rollout(SimulatedTraffic(sessions_per_s=20.0, canary=BAD))
    assert (found.exit_code, found.rollout.state.phase) == (5, Phase.ROLLED_BACK)
    assert found.as_json()["trigger"] in ("error_rate", "fast_path")


def test_what_is_undecided_in_the_end_is_3_and_stays_without_rolling_back() -> None:
    found = watch_rollout(SimulatedTraffic(sessions_per_s=0.01), roll_back=False)
    assert found.exit_code == 3
    assert found.rollout.state.phase is not Phase.ROLLED_BACK


def test_what_waits_for_a_person_for_want_of_sessions_is_no_pass() -> None:
    found = watch_rollout(SimulatedTraffic(sessions_per_s=0.05))
    assert found.exit_code in (3, 5)


class Log:
    """An access log with these requests."""

    def __init__(self, requests: Sequence[ServedRequest]) -> None:
        self._requests = requests

    def ended(self, since: datetime, until: datetime) -> Sequence[ServedRequest]:
        return self._requests


def watch_service(requests: Sequence[ServedRequest], sent: ProbedTraffic | None = None) -> tuple[WatchReport, list[str]]:
    said: list[str] = []
    watch = ServiceWatch(600.0, (Limit("error_rate", 0.05, "default"), Limit("evaluation_score", 0.8, "run")), ("no baseline is there",))

    async def probes(seconds: float) -> ProbedTraffic:
        assert seconds == 600.0
        assert sent is not None
        return sent

    main = monitor_service(watch, Log(requests), FakeClock(), say=said.append, probes=probes if sent else None)
    return asyncio.run(main), said


def served(total: int, **fields: Any) -> tuple[ServedRequest, ...]:
    return tuple(ServedRequest(float(i), "rel_a", failed=False, duration_ms=10.0, **fields) for i in range(total))


def test_users_are_judged_and_the_fallback_is_said_first() -> None:
    report, said = watch_service(served(100))
    assert (report.health, report.from_probes) == (Health.HEALTHY, False)
    assert said[0] == "no baseline is there"
    assert report.releases == {"rel_a": 100}


def test_without_users_probe_sessions_are_judged_and_marked_with_their_rate() -> None:
    report, _ = watch_service(served(50, probe=True), ProbedTraffic("60 sessions at 6 a minute", served(60, probe=True), (1.0,) * 60))
    assert (report.health, report.from_probes) == (Health.HEALTHY, True)
    assert any("6 a minute" in note for note in report.notes)


def test_silence_is_inconclusive() -> None:
    assert watch_service(())[0].exit_code == 3


def test_probes_that_score_below_the_baseline_are_unhealthy() -> None:
    report, _ = watch_service((), ProbedTraffic("60 sessions", served(60, probe=True), (0.0,) * 60))
    assert report.exit_code == 1


@pytest.mark.parametrize("release", ["rel_b", ""])
def test_only_the_named_release_counts(release: str) -> None:
    watch = ServiceWatch(1.0, (Limit("error_rate", 0.05, "default"),), release=release)
    report = asyncio.run(monitor_service(watch, Log(served(100)), FakeClock(), say=lambda words: None))
    assert report.metrics[0].units == (0 if release else 100)
