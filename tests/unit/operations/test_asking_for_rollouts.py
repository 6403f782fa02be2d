"""Starting a rollout and asking something of one: refused in one line, or kept with name and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.failures import TooLittleTraffic
from goldfinch.core.health.outlook import RecentTraffic
from goldfinch.core.releases.failures import ReleaseDenied, SelfApproval, UnknownRelease, Unsigned
from goldfinch.core.releases.release import Denial
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused, RolloutUnderWay, StartRefused, UnknownRollout
from goldfinch.core.rollout.plan import OnInconclusive, Step
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.operations.start_rollout import StartRequest, start_rollout
from tests.simulated_rollout import CANARY, MINUTE, PLAN, STABLE, World


def begin(world: World, **fields: Any) -> Rollout:
    wanted = StartRequest("ro_1", "agent", "production", CANARY.id, PLAN, "lin", stable=STABLE.id)
    return start_rollout(replace(wanted, **fields), world.store, world.ledger, world.clock)


def ask(world: World, verb: Verb, by: str = "grace", reason: str = "because", rollout_id: str = "ro_1") -> Rollout:
    return ask_rollout(Asked(f"{verb} {by}", rollout_id, verb, by, reason), world.store, world.ledger, world.clock)


def refused(world: World, error: type[GoldfinchError], words: str, **fields: Any) -> None:
    before = world.audit.head()
    with pytest.raises(error, match=words):
        begin(world, **fields)
    assert world.audit.head() == before


async def test_what_was_started_is_driven_to_its_end() -> None:
    world = World()
    rollout = begin(world, reason="the new prompt")
    assert (rollout.state.phase, rollout.created_by) == (Phase.PENDING, "lin")
    await world.run()
    assert world.row().state.phase is Phase.SUCCEEDED
    created = [entry.draft for entry in world.audit.entries() if entry.draft.action == "rollout.create"]
    assert [(draft.actor, draft.detail["reason"]) for draft in created] == [("lin", "the new prompt")]


def test_a_denied_release_is_not_started() -> None:
    world = World()
    at = world.clock.utc()
    world.ledger.deny(Denial(CANARY.id, at, "grace", "it leaks"), AuditDraft(at, "grace", "release.deny", CANARY.id))
    refused(world, ReleaseDenied, "it leaks")


def test_the_stable_release_must_be_known() -> None:
    world = World()
    refused(world, StartRefused, "nobody knows what is stable", stable=None)
    refused(world, UnknownRelease, "rel_9", stable="rel_9")
    refused(world, StartRefused, "the same release", stable=CANARY.id)
    assert begin(world, stable=None, first_release=True).stable is None


async def test_the_stable_release_is_what_was_rolled_out_last() -> None:
    world = World()
    begin(world)
    await world.run()
    assert begin(world, rollout_id="ro_2", canary=STABLE.id, stable=None).stable == CANARY.id


def test_a_plan_that_cannot_be_carried_out_is_refused() -> None:
    plan = replace(PLAN, steps=(Step(50, 10 * MINUTE), Step(10, 10 * MINUTE)))
    refused(World(), StartRefused, "the last weight is 100", plan=plan)


def test_traffic_that_cannot_reach_what_a_step_needs_is_refused_unless_the_plan_says_what_then() -> None:
    little = RecentTraffic(sessions_per_minute=1.0)
    refused(World(), TooLittleTraffic, "1 sessions a minute", traffic=little)
    begin(World(), traffic=RecentTraffic(sessions_per_minute=6000.0))
    begin(World(), traffic=little, plan=replace(PLAN, on_inconclusive=OnInconclusive.ROLLBACK))


def test_one_at_a_time_unless_it_waits() -> None:
    world = World()
    first = begin(world)
    world.store.rows["ro_1"] = replace(first, state=replace(first.state, phase=Phase.INITIALIZING))
    refused(world, RolloutUnderWay, "ro_1 is under way", rollout_id="ro_2")
    assert begin(world, rollout_id="ro_2", wait=True).state.phase is Phase.PENDING
    assert world.store.open_requests("ro_1") == ()


async def test_a_newer_one_supersedes_the_one_under_way_and_takes_its_place() -> None:
    world = World()
    begin(world)
    third = replace(CANARY, id="rel_0000000000000003", digest="sha256:3", tags=(), git_sha="", image_digest="")
    world.ledger.add(third, AuditDraft(world.clock.utc(), "ada", "release.create", third.id))

    def supersede() -> None:
        begin(world, rollout_id="ro_2", canary=third.id, supersede=True)

    from asyncio import ensure_future

    later = ensure_future(world.later(5 * MINUTE, supersede))
    await world.run()
    await later
    assert world.row("ro_1").state.phase is Phase.ROLLED_BACK
    assert world.row("ro_1").state.trigger == "superseded"
    assert world.ledger.denial(CANARY.id) is None
    assert world.row("ro_2").state.phase is Phase.SUCCEEDED


def test_nobody_starts_nothing() -> None:
    refused(World(), Unsigned, "nobody", by=" ")


def test_a_rejected_release_is_not_started_again_as_it_is() -> None:
    world = World()
    plan = replace(PLAN, approval=True)
    begin(world, plan=plan, gate_hash="g")
    ask(world, Verb.REJECT, reason="the eval is too small")
    refused(world, StartRefused, "rejected by grace", rollout_id="ro_2", plan=plan, gate_hash="g", wait=True)


def test_an_approval_is_bound_and_nobody_approves_their_own() -> None:
    world = World()
    begin(world, plan=replace(PLAN, approval=True), gate_hash="g")
    with pytest.raises(SelfApproval):
        ask(world, Verb.APPROVE, by="Lin")
    with pytest.raises(SelfApproval):
        ask(world, Verb.APPROVE, by=CANARY.created_by)
    ask(world, Verb.APPROVE)
    (approval,) = world.store.approvals(CANARY.id, "production")
    assert (approval.by, approval.gate_hash, approval.granted) == ("grace", "g", True)
    assert approval.expires_at - approval.at == timedelta(hours=24)
    assert [entry.draft.action for entry in world.audit.entries()][-1] == "approval.grant"


def test_a_request_is_kept_once_with_name_and_reason() -> None:
    world = World()
    begin(world)
    for _ in range(2):
        ask(world, Verb.ABORT, reason=" wrong branch ")
    (request,) = world.store.open_requests("ro_1")
    assert (request.verb, request.by, request.reason) == (Verb.ABORT, "grace", "wrong branch")


def test_what_means_nothing_is_refused_and_not_kept() -> None:
    world = World()
    begin(world)
    with pytest.raises(RequestRefused, match="rollout ro_1: resume means nothing while the rollout is Pending"):
        ask(world, Verb.RESUME)
    assert world.store.open_requests("ro_1") == ()
    with pytest.raises(UnknownRollout):
        ask(world, Verb.ABORT, rollout_id="ro_9")
