"""Whole rollouts in simulated time: the real loop, state machine and health, fakes of everything outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from goldfinch.core.health.interval import Interval
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import Completion, PauseReason, Phase
from goldfinch.ports.evidence_source import Question
from goldfinch.testing.evidence_source import ArmTraffic, SimulatedTraffic
from tests.simulated_rollout import CANARY, MINUTE, PLAN, STABLE, World

BAD = ArmTraffic(error_rate=0.15)
SECOND = timedelta(seconds=1)


async def run_with(world: World, *events: tuple[timedelta, Callable[[], object]]) -> None:
    """Run to the end while things happen at their times."""
    happening = [asyncio.ensure_future(world.later(after, act)) for after, act in events]
    await world.run()
    await asyncio.gather(*happening)


async def test_a_good_release_goes_all_the_way() -> None:
    world = World()
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    assert [request.percent for request in world.router.requests] == [10, 50, 100]
    assert world.deployer.done == [f"deploy {CANARY.id}", f"smoke {CANARY.id}", f"stable {CANARY.id}", f"retire {STABLE.id}"]
    assert world.ledger.denial(CANARY.id) is None


async def test_no_bake_is_shorter_than_the_plan_says() -> None:
    world = World()
    world.start()
    await world.run()
    asked_s = [request.at_s for request in world.router.requests]
    at_least = (PLAN.steps[0].bake + PLAN.warm_up).total_seconds()
    assert asked_s[1] - asked_s[0] >= at_least
    assert asked_s[2] - asked_s[1] >= at_least


async def test_a_bad_release_is_rolled_back_and_denied() -> None:
    world = World()
    world.traffic.canary = BAD
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert (await world.router.view()).canary_percent == 0
    assert (await world.deployer.view(CANARY.id)).running is False
    assert (await world.deployer.view(STABLE.id)).running is True
    denial = world.ledger.denial(CANARY.id)
    assert denial is not None
    assert "error_rate" in denial.reason
    assert any("rolling back" in message.text for _, message in world.notifier.told)


async def test_every_transition_has_one_line_of_audit_that_joins_the_one_before() -> None:
    world = World()
    world.traffic.canary = BAD
    world.start()
    await world.run()
    lines = [entry.draft for entry in world.audit.entries() if entry.draft.action == "rollout.transition"]
    assert [line.detail["to"] for line in lines] == world.places()
    assert [line.before for line in lines[1:]] == [line.after for line in lines[:-1]]
    assert {line.actor for line in lines} == {"controller"}


async def test_every_check_is_on_a_grid_and_kept_with_its_counts() -> None:
    world = World()
    world.start()
    await world.run()
    checks = [decision.assessment for decision in world.store.decisions("ro_1") if decision.assessment]
    baking = [check for check in checks if check.checks][:10]
    assert {(later.at - earlier.at) for earlier, later in pairwise(baking)} == {MINUTE}
    assert all(metric.canary.units > 0 for metric in baking[1].checks)


async def test_a_router_that_refuses_the_way_back_is_asked_by_its_second_path() -> None:
    world = World()
    world.traffic.canary = BAD
    world.start()
    await run_with(world, (2 * MINUTE, lambda: setattr(world.router, "refuses", "no room in the table")))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert world.router.requests[-1].second_path
    assert "RollbackFailed" in world.places()
    assert any("no room in the table" in message.text for _, message in world.notifier.told)


async def test_a_router_that_refuses_for_half_an_hour_is_asked_until_it_does() -> None:
    world = World()
    world.traffic.canary = BAD
    world.start()

    def mend() -> None:
        world.router.refuses = world.router.refuses_second_path = ""

    def refuse() -> None:
        world.router.refuses = world.router.refuses_second_path = "locked"
        world.deployer.refuses[CANARY.id] = "the host is locked"

    def all_mend() -> None:
        mend()
        world.deployer.refuses.clear()

    await run_with(world, (2 * MINUTE, refuse), (32 * MINUTE, all_mend))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert 10 < world.router.tries < 600


async def test_measurements_that_are_away_for_a_while_hold_the_rollout_and_it_goes_on() -> None:
    world = World()
    world.start()
    away = (4 * MINUTE, lambda: setattr(world.traffic, "unavailable", "connection refused"))
    await run_with(world, away, (12 * MINUTE, lambda: setattr(world.traffic, "unavailable", "")))
    assert world.row().state.phase is Phase.SUCCEEDED
    assert f"Paused({PauseReason.METRICS_UNAVAILABLE})" in world.places()


async def test_measurements_that_never_come_end_in_a_rollback() -> None:
    world = World()
    world.traffic.unavailable = "connection refused"
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert not [request for request in world.router.requests if request.percent > 10]


async def test_a_source_that_hangs_is_a_measurement_that_is_missing() -> None:
    world = World()

    async def never(*_: object) -> object:
        await world.clock.sleep(1e9)
        return None

    world.traffic.read = never  # type: ignore[method-assign,assignment]
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert any("no answer within" in decision.reason for decision in world.store.decisions("ro_1"))


async def test_a_source_that_raises_anything_is_a_measurement_that_is_missing() -> None:
    world = World()
    world.traffic.sessions_per_s = float("nan")
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.ROLLED_BACK


async def test_a_person_pauses_and_resumes() -> None:
    world = World()
    world.start()
    pause = (5 * MINUTE, lambda: world.ask(Verb.PAUSE, "grace", "the database is slow"))
    await run_with(world, pause, (90 * MINUTE, lambda: world.ask(Verb.RESUME)))
    assert world.row().state.phase is Phase.SUCCEEDED
    held = next(d for d in world.store.decisions("ro_1") if d.to_phase == f"Paused({PauseReason.OPERATOR_PAUSE})")
    assert held.by == "grace"
    assert "the database is slow" in held.reason
    assert world.router.requests[1].at_s > 90 * 60


class _Misrouted(SimulatedTraffic):
    """Half of the sessions come to the canary, whatever the router was told, until somebody mends it."""

    mended = False

    def _interval(self, question: Question, start: datetime, end: datetime) -> Interval:
        served = question if self.mended else replace(question, canary_share=0.5)
        return replace(super()._interval(served, start, end), canary_share=question.canary_share)


async def test_a_person_who_has_mended_the_shares_resumes_and_is_not_held_again_for_what_was() -> None:
    world = World()
    world.traffic = traffic = _Misrouted(sessions_per_s=10.0)
    world.start()
    await run_with(world, (6 * MINUTE, lambda: setattr(traffic, "mended", True)), (7 * MINUTE, lambda: world.ask(Verb.RESUME)))
    assert world.places().count(f"Paused({PauseReason.SAMPLE_RATIO_MISMATCH})") == 1
    assert world.row().state.phase is Phase.SUCCEEDED


async def test_a_canary_that_turns_bad_while_a_person_holds_it_is_rolled_back() -> None:
    world = World()
    world.start()
    pause = (4 * MINUTE, lambda: world.ask(Verb.PAUSE))
    await run_with(world, pause, (10 * MINUTE, lambda: setattr(world.traffic, "canary", ArmTraffic(error_rate=0.6))))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert world.clock.monotonic_s() < 20 * 60


async def test_a_person_aborts() -> None:
    world = World()
    world.start()
    await run_with(world, (5 * MINUTE, lambda: world.ask(Verb.ABORT, "grace", "wrong branch")))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert world.row().state.completion is Completion.ABORTED
    assert world.router.requests[-1].at_s <= 5 * 60 + world.pace.look_s


async def test_a_release_that_is_denied_under_way_is_rolled_back() -> None:
    from goldfinch.core.audit.entry import AuditDraft
    from goldfinch.core.releases.release import Denial

    world = World()
    world.start()

    def deny() -> None:
        at = world.clock.utc()
        world.ledger.deny(Denial(CANARY.id, at, "grace", "it leaks"), AuditDraft(at, "grace", "release.deny", CANARY.id))

    await run_with(world, (5 * MINUTE, deny))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert any("it leaks" in decision.reason for decision in world.store.decisions("ro_1"))


def approval(world: World, gate_hash: str = "gates", *, lasts: timedelta = timedelta(hours=1), granted: bool = True) -> None:
    from goldfinch.core.audit.entry import AuditDraft

    at = world.clock.utc()
    said = Approval(f"ap_{at}", CANARY.id, "production", gate_hash, granted, "grace", at, at + lasts)
    world.store.approve(said, AuditDraft(at, "grace", "approval.grant", CANARY.id))


def approved_plan(**fields: object) -> RolloutPlan:
    return replace(PLAN, approval=True, **fields)  # type: ignore[arg-type]


async def test_an_approval_lets_traffic_move_and_is_recorded_under_its_name() -> None:
    world = World()
    world.start(plan=approved_plan(), gate_hash="gates")
    await run_with(world, (30 * MINUTE, lambda: approval(world)))
    assert world.row().state.phase is Phase.SUCCEEDED
    assert world.router.requests[0].at_s >= 30 * 60
    assert [d.by for d in world.store.decisions("ro_1") if d.from_phase == "WaitingApproval"] == ["grace"]


async def test_an_approval_of_other_gate_results_moves_nothing() -> None:
    world = World()
    world.start(plan=approved_plan(approval_timeout=timedelta(hours=1)), gate_hash="gates")
    await run_with(
        world, (10 * MINUTE, lambda: approval(world, "of yesterday")), (90 * MINUTE, lambda: world.ask(Verb.ABORT, "grace", "enough"))
    )
    assert world.router.requests == []
    assert f"Paused({PauseReason.APPROVAL_TIMEOUT})" in world.places()
    assert world.row().state.phase is Phase.CANCELLED


async def test_an_approval_that_expired_before_the_rollout_was_ready_moves_nothing() -> None:
    world = World()
    approval(world, lasts=SECOND)
    world.start(plan=approved_plan(), gate_hash="gates")
    await run_with(world, (30 * MINUTE, lambda: world.ask(Verb.ABORT, "grace", "enough")))
    assert world.router.requests == []


async def test_an_approval_that_expires_later_stops_nothing() -> None:
    world = World()
    world.start(plan=approved_plan(), gate_hash="gates")
    await run_with(world, (MINUTE, lambda: approval(world, lasts=5 * MINUTE)))
    assert world.row().state.phase is Phase.SUCCEEDED


async def test_an_approval_that_is_taken_back_under_way_rolls_back() -> None:
    world = World()
    world.start(plan=approved_plan(), gate_hash="gates")
    await run_with(world, (MINUTE, lambda: approval(world)), (8 * MINUTE, lambda: approval(world, granted=False)))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert any("rejected by grace" in decision.reason for decision in world.store.decisions("ro_1"))


async def test_one_waits_for_the_other_and_then_goes() -> None:
    world = World()
    world.start("ro_1")
    await asyncio.sleep(0)
    running = asyncio.ensure_future(world.run())
    await world.clock.sleep(120)
    world.start("ro_2", stable=CANARY.id, canary=STABLE.id)
    await running
    assert world.row("ro_1").state.phase is Phase.SUCCEEDED
    first = world.store.decisions("ro_2")[0]
    assert first.at >= world.store.decisions("ro_1")[-1].at


async def test_a_notifier_that_fails_or_hangs_holds_nothing_up() -> None:
    world = World()
    world.notifier.failing = "no such channel"
    world.start()
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    assert world.log.of("rollout.not_told")[0]["why"] == "notifier: no such channel"


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1)])
async def test_a_clock_that_jumps_by_an_hour_shortens_no_bake(by: timedelta) -> None:
    world = World()
    world.start()
    await run_with(world, (5 * MINUTE, lambda: world.clock.set_wall(by)))
    assert world.row().state.phase is Phase.SUCCEEDED
    undisturbed = World()
    undisturbed.start()
    await undisturbed.run()
    assert world.router.requests == undisturbed.router.requests
    assert [line["seconds"] for line in world.log.of("rollout.clock")] == [by.total_seconds()]


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1)])
async def test_a_clock_that_jumps_while_no_controller_runs_shortens_no_bake(by: timedelta) -> None:
    world = World()
    world.start()
    first = asyncio.ensure_future(world.controller().run())
    await world.clock.sleep(5 * 60)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    world.clock.set_wall(by)
    await world.run("host:2")
    assert world.row().state.phase is Phase.SUCCEEDED
    shifted = world.router.requests
    assert shifted[1].at_s - shifted[0].at_s >= (PLAN.steps[0].bake + PLAN.warm_up).total_seconds() or by > timedelta(0)
