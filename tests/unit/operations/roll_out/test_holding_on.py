"""Two controllers, edited rows, a store that is gone: one acts, nothing is lost, others go on, and one line says what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, StepPhase
from goldfinch.operations.roll_out.lease_keeping import LeaseKeeper, LeaseLost
from goldfinch.testing.evidence_source import ArmTraffic
from tests.simulated_rollout import CANARY, MINUTE, World


async def undisturbed() -> World:
    world = World()
    world.start()
    await world.run()
    return world


async def run_with(world: World, *events: tuple[timedelta, Callable[[], object]]) -> None:
    happening = [asyncio.ensure_future(world.later(after, act)) for after, act in events]
    await world.run()
    await asyncio.gather(*happening)


async def test_of_two_controllers_one_acts() -> None:
    world = World()
    world.start()
    await asyncio.gather(world.run("host:1"), world.run("host:2"))
    alone = await undisturbed()
    assert world.places() == alone.places()
    assert world.router.requests == alone.router.requests
    assert world.router.tries == alone.router.tries
    assert len(world.log.of("rollout.elsewhere")) == 1


async def test_the_other_controller_goes_on_when_the_first_is_gone_without_a_word() -> None:
    world = World()
    world.start()
    first = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(300)
    world.store.give_up_lease = lambda *_: None  # type: ignore[method-assign]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await world.run("host:2")
    assert world.row().state.phase is Phase.SUCCEEDED
    alone = await undisturbed()
    assert [request.percent for request in world.router.requests] == [request.percent for request in alone.router.requests]
    assert checks(world) == checks(alone)


def checks(world: World) -> list[Any]:
    return [decision.assessment.checks for decision in world.store.decisions("ro_1") if decision.assessment]


async def test_a_lease_is_given_up_at_the_end() -> None:
    world = World()
    world.start()
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(60)
    lease = world.row().lease
    assert lease is not None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row().lease is None


def stolen(world: World) -> None:
    """Another controller takes the lease, as if the first had been stopped for longer than it lasts."""
    later = world.clock.utc() + timedelta(hours=1)
    assert world.store.take_lease("ro_1", "thief", later, MINUTE)


async def test_who_loses_the_lease_between_write_and_act_acts_on_nothing() -> None:
    world = World()
    world.start()
    commit = world.store.commit

    def commit_and_lose(change: Any) -> Rollout:
        written = commit(change)
        if change.state.weight_percent == 10 and not world.router.tries:
            stolen(world)
        return written

    world.store.commit = commit_and_lose  # type: ignore[method-assign]
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(300)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row().state.weight_percent == 10
    assert world.router.tries == 0
    assert "lease" in world.log.of("rollout.lost")[0]["why"]


async def test_who_loses_the_lease_before_the_write_writes_nothing() -> None:
    world = World()
    world.start()
    view = world.router.view
    stopped = False

    async def view_and_lose() -> Any:
        nonlocal stopped
        state = world.row().state
        if state.part is StepPhase.WARMING_UP and state.deadline is not None and world.clock.utc() >= state.deadline and not stopped:
            stopped = True
            stolen(world)
        return await view()

    world.router.view = view_and_lose  # type: ignore[method-assign]
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(200)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row().state.part is StepPhase.WARMING_UP
    assert world.log.of("rollout.lost")


async def test_a_lease_that_may_have_ended_while_the_process_stood_still_covers_nothing() -> None:
    world = World()
    world.start()
    lease = LeaseKeeper("ro_1", "host:1", world.tools(), world.clock.utc)
    assert lease.take()
    lease.check(world.pace.act_s)
    await world.clock.sleep(world.pace.lease.total_seconds() - world.pace.act_s + 1)
    with pytest.raises(LeaseLost):
        lease.check(world.pace.act_s)


def edit(world: World, **fields: Any) -> None:
    row = world.store.rows["ro_1"]
    world.store.rows["ro_1"] = replace(row, **fields)


EDITS: dict[str, Callable[[Rollout], dict[str, Any]]] = {
    "an impossible share": lambda row: {"state": replace(row.state, weight_percent=150)},
    "a share that is not the plan's": lambda row: {"state": replace(row.state, weight_percent=90)},
    "another step": lambda row: {"state": replace(row.state, step=7)},
    "the end": lambda row: {"state": replace(row.state, phase=Phase.FINALISING, part=None)},
    "a revision that went back": lambda row: {"revision": row.revision - 1},
    "a revision that grew": lambda row: {"revision": row.revision + 1},
    "a shorter bake": lambda row: {"state": replace(row.state, deadline=row.state.entered_at)},
    "a cursor": lambda row: {"cursor": "yesterday"},
}


@pytest.mark.parametrize("name", EDITS)
async def test_an_edited_row_is_held_with_one_line_and_the_traffic_stays(name: str) -> None:
    world = World()
    world.start()
    world.start("ro_2", service="other")
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(300)
    before = world.row()
    assert before.state.part is StepPhase.BAKING
    edit(world, **EDITS[name](before))
    await world.clock.sleep(3600 * 2)
    assert [request.percent for request in world.router.requests] == [10]
    decided = len(world.store.decisions("ro_1"))
    held = [line for line in world.log.of("rollout.held") if line["rollout"] == "ro_1"]
    assert len(held) == 1
    assert "ro_1" in held[0]["why"]
    assert held[0]["code"] == "E2951"
    assert "put back" in held[0]["why"]
    assert len(world.store.decisions("ro_1")) == decided
    assert world.row("ro_2").state.phase is Phase.SUCCEEDED
    world.store.rows["ro_1"] = replace(before, lease=world.row().lease)
    await world.clock.sleep(3600 * 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row().state.phase is Phase.SUCCEEDED


async def test_a_row_that_cannot_be_read_stops_nobody_elses_rollout() -> None:
    world = World()
    world.start()
    world.start("ro_2", service="other")
    get = world.store.get

    def damaged(rollout_id: str) -> Rollout:
        if rollout_id == "ro_1":
            raise StoreDamaged("rollout ro_1: its state cannot be read: invalid JSON")
        return get(rollout_id)

    world.store.get = damaged  # type: ignore[method-assign]
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(7200)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row("ro_2").state.phase is Phase.SUCCEEDED
    assert [line["why"] for line in world.log.of("rollout.held")] == ["rollout ro_1: its state cannot be read: invalid JSON"]


async def test_a_defect_in_one_rollouts_surroundings_stops_nobody_else() -> None:
    world = World()
    world.start()
    world.start("ro_2", service="other")
    healthy = world.surroundings

    def surroundings(rollout: Rollout) -> Any:
        if rollout.id == "ro_1":
            raise KeyError("no router of this name")
        return healthy(rollout)

    world.surroundings = surroundings  # type: ignore[method-assign]
    running = asyncio.ensure_future(world.controller("host:1").run())
    await world.clock.sleep(7200)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.row("ro_2").state.phase is Phase.SUCCEEDED
    assert world.row().state.phase is Phase.PENDING
    assert len(world.log.of("rollout.failed_pass")) == 1


@pytest.mark.parametrize("at", [20, 50, 52, 56, 120, 300, 716, 725, 1400])
async def test_a_store_that_is_gone_for_a_minute_loses_nothing(at: int) -> None:
    world = World()
    world.start()
    gone = (timedelta(seconds=at), lambda: setattr(world.audit, "down", True))
    await run_with(world, gone, (timedelta(seconds=at + 60), lambda: setattr(world.audit, "down", False)))
    alone = await undisturbed()
    assert world.places() == alone.places()
    assert [request.percent for request in world.router.requests] == [10, 50, 100]
    assert len(world.log.of("store.unavailable")) == len(world.log.of("store.back")) == 1
    assert "the traffic stays" in world.log.of("store.unavailable")[0]["meanwhile"]
    assert len(checks(world)) == len(checks(alone))
    assert [check[0].canary.units for check in checks(world) if check] == [check[0].canary.units for check in checks(alone) if check]


async def test_a_store_that_is_gone_while_the_canary_is_bad_rolls_back_when_it_is_there() -> None:
    world = World()
    world.traffic.canary = ArmTraffic(error_rate=0.3)
    world.start()
    gone = (timedelta(seconds=130), lambda: setattr(world.audit, "down", True))
    await run_with(world, gone, (timedelta(seconds=300), lambda: setattr(world.audit, "down", False)))
    assert world.row().state.phase is Phase.ROLLED_BACK
    assert world.ledger.denial(CANARY.id) is not None


async def test_a_command_that_fails_is_tried_again_with_growing_pauses_and_told_in_the_decision() -> None:
    world = World()
    world.deployer.refuses[CANARY.id] = "image not found"
    world.start()
    await world.run()
    failed = world.log.of("rollout.command_failed")
    failed = [line for line in failed if line["command"].startswith("deploy")]
    assert [line["times"] for line in failed] == list(range(1, len(failed) + 1))
    assert 8 <= len(failed) <= 20
    assert world.row().state.phase is Phase.FAILED
    assert world.router.requests == []


async def test_the_end_is_not_written_before_its_commands_are_carried_out() -> None:
    world = World()
    world.start()
    named = world.deployer.make_stable
    tries = 0

    async def make_stable(release: str) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise OSError("no answer")
        await named(release)

    world.deployer.make_stable = make_stable  # type: ignore[method-assign]
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    assert world.deployer.stable == CANARY.id


async def test_a_pass_that_takes_longer_than_the_lease_renews_it_by_the_time_it_is_then() -> None:
    world = World()
    world.start()
    read = world.traffic.read

    async def slowly(*asked: Any) -> Any:
        await world.clock.sleep(14)
        return await read(*asked)

    world.traffic.read = slowly  # type: ignore[method-assign,assignment]
    lasts: list[float] = []
    commit = world.store.commit

    def committed(change: Any) -> Rollout:
        lease = world.row().lease
        assert lease is not None
        lasts.append((lease.expires_at - world.clock.utc()).total_seconds())
        return commit(change)

    world.store.commit = committed  # type: ignore[method-assign]
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    assert min(lasts) >= world.pace.act_s


async def test_a_store_that_goes_while_saved_sessions_are_read_is_no_missing_measurement() -> None:
    world = World()
    world.start()
    sessions = world.store.sessions
    calls = 0

    def breaking(rollout_id: str) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise StoreUnavailable("the store does not answer")
        return sessions(rollout_id)

    world.store.sessions = breaking  # type: ignore[method-assign]
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    assert len(world.log.of("store.unavailable")) == 1
    assert checks(world) == checks(await undisturbed())
