"""Going back to a release: the way is found in the store, the traffic moves first and is proved, and a killed command goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.recovery.failures import NoLiveAnswer, RollbackRefused
from goldfinch.core.recovery.outcome import RollbackOutcome, RollbackResult
from goldfinch.core.releases.failures import Unsigned
from goldfinch.core.releases.release import Denial
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.operations.retire_proved import RetireProved
from goldfinch.operations.roll_back import RollbackRequest, WayBack, roll_back
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.operations.start_rollout import StartRequest, start_rollout
from goldfinch.ports.live_probe import LiveAnswer
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.evidence_source import SimulatedTraffic
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger, sample_release
from goldfinch.testing.rollout_log import FakeRolloutLog
from goldfinch.testing.rollout_store import InMemoryRolloutStore, sample_rollout
from goldfinch.testing.traffic_router import FakeRouter

OLD, NEW, NEWEST = sample_release(1), sample_release(2), sample_release(3)
PLAN = RolloutPlan(
    steps=(Step(10, timedelta(minutes=30)), Step(100, timedelta(0))),
    post_promotion=timedelta(minutes=2),
    session_drain=timedelta(minutes=1),
)


@dataclass
class Place:
    """One service in one environment, with fakes for everything that would act."""

    clock: FakeClock = field(default_factory=FakeClock)
    said: list[str] = field(default_factory=list)
    silent: str = ""
    answers_as: str = ""

    def __post_init__(self) -> None:
        self.store = InMemoryRolloutStore()
        self.ledger = InMemoryReleaseLedger(self.store.audit)
        self.router = FakeRouter(self.clock, lag_s=0.5)
        self.deployer = FakeDeployer(self.clock, ready_after_s=20.0, running=(NEW.id,))
        for release in (OLD, NEW, NEWEST):
            self.ledger.add(release, AuditDraft(self.clock.utc(), "ada", "release.create", f"release:{release.id}"))

    def succeeded(self, canary: str = NEW.id, stable: str | None = OLD.id) -> None:
        """`canary` was rolled out and is what serves."""
        row = sample_rollout("ro_past", canary=canary, stable=stable, plan=PLAN, state=RolloutState(Phase.SUCCEEDED))
        self.store.create(row, AuditDraft(self.clock.utc(), "ada", "rollout.create", "rollout:ro_past"))
        asyncio.run(self.router.set_canary_weight(100, canary=canary, stable=stable))
        self.router.requests[0] = replace(self.router.requests[0], at_s=-10.0)

    def start(self, canary: str, **fields: Any) -> None:
        request = StartRequest("ro_now", "agent", "production", canary, PLAN, "ada", **fields)
        start_rollout(request, self.store, self.ledger, self.clock)

    def controller(self) -> Controller:
        def around(rollout: Rollout) -> Surroundings:
            deployer = RetireProved(self.deployer, self, rollout.id)
            return Surroundings(self.router, deployer, SimulatedTraffic(sessions_per_s=20.0), FakeNotifier())

        return Controller(Tools(self.store, self.ledger, self.clock, FakeRolloutLog()), around, f"host:{id(self)}")

    async def ask(self, rollout_id: str, *, pinned_to: str = "") -> LiveAnswer:
        """Whoever the split gives a new session to: the canary, with any share at all, so that no proof is a lucky one."""
        if self.silent:
            raise NoLiveAnswer(self.silent)
        if self.answers_as:
            return LiveAnswer(self.answers_as, 200)
        asked = self.router.requests[-1] if self.router.requests else None
        if asked is None:
            latest = self.store.latest("agent", "production")
            return LiveAnswer(latest.canary if latest else "", 200)
        view = await self.router.view()
        return LiveAnswer(asked.canary if view.canary_percent else asked.stable or "", 200)

    async def roll_back(self, target: str, *, within_s: float = 1200.0, drive: Any = None, **fields: Any) -> RollbackResult:
        request = RollbackRequest(target, "it invents prices", "grace", "agent", "production", PLAN, f"ro_{id(fields):x}")
        tools = WayBack(self.store, self.ledger, self.clock, drive or self.controller().drive, self, self.said.append)
        return await roll_back(replace(request, **fields), tools, within_s=within_s)

    def running(self) -> set[str]:
        return {release.id for release in (OLD, NEW, NEWEST) if asyncio.run(self.deployer.view(release.id)).running}


@pytest.fixture
def place() -> Place:
    return Place()


def run(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


async def until(place: Place, what: Callable[[], bool]) -> None:
    while not what():
        await place.clock.sleep(1.0)


def test_a_stable_release_goes_back_to_the_older_one_which_is_started_before_any_traffic_moves(place: Place) -> None:
    place.succeeded()
    result = run(lambda: place.roll_back(OLD.id))
    assert result.outcome is RollbackOutcome.DONE, result.sentence
    assert [(asked.percent, asked.canary, asked.stable) for asked in place.router.requests[1:]] == [(0, NEW.id, OLD.id)]
    assert place.router.requests[1].at_s >= 20.0, "never before the target serves (#3941)"
    assert place.running() == {OLD.id}
    assert place.ledger.denial(NEW.id) is not None
    latest = place.store.latest("agent", "production")
    assert latest is not None
    assert (latest.state.phase, latest.stable) == (Phase.ROLLED_BACK, OLD.id)
    assert "grace" in latest.state.reason


def test_the_proof_is_made_before_the_other_release_is_stopped(place: Place) -> None:
    place.succeeded()
    result = run(lambda: place.roll_back(OLD.id))
    times = result.times
    assert times.verified_s is not None
    assert times.proved_s is not None
    assert times.complete_s is not None
    assert 20.0 <= times.verified_s <= times.proved_s <= times.complete_s
    assert not times.misses()


def test_a_rollout_under_way_is_aborted_through_its_state_machine(place: Place) -> None:
    place.succeeded()

    async def main() -> RollbackResult:
        place.start(NEWEST.id)
        driving = asyncio.ensure_future(place.controller().drive("ro_now"))
        await until(place, lambda: place.store.get("ro_now").state.verified_weight_percent == 10)
        result = await place.roll_back(NEW.id)
        await driving
        return result

    result = run(main)
    assert (result.outcome, result.rollouts) == (RollbackOutcome.DONE, ("ro_now",))
    assert place.store.get("ro_now").state.phase is Phase.ROLLED_BACK
    assert place.running() == {NEW.id}


def test_a_third_release_is_reached_through_the_abort_and_a_rollout_of_its_own(place: Place) -> None:
    place.succeeded()

    async def main() -> RollbackResult:
        place.start(NEWEST.id)
        driving = asyncio.ensure_future(place.controller().drive("ro_now"))
        await until(place, lambda: place.store.get("ro_now").state.verified_weight_percent == 10)
        result = await place.roll_back(OLD.id)
        await driving
        return result

    result = run(main)
    assert result.outcome is RollbackOutcome.DONE, result.sentence
    assert len(result.rollouts) == 2
    assert place.running() == {OLD.id}


def test_asked_twice_it_moves_nothing_the_second_time(place: Place) -> None:
    place.succeeded()

    async def main() -> tuple[RollbackResult, RollbackResult]:
        return await place.roll_back(OLD.id), await place.roll_back(OLD.id)

    first, second = run(main)
    assert (first.outcome, second.outcome) == (RollbackOutcome.DONE, RollbackOutcome.DONE)
    assert second.rollouts == ()
    assert "did before" in second.sentence
    assert len(place.router.requests) == 2


@pytest.mark.parametrize("after_s", [0.0, 5.0, 19.0, 21.0, 23.0, 25.0, 27.0, 30.0])
def test_a_killed_command_goes_on_where_it_was(place: Place, after_s: float) -> None:
    place.succeeded()

    async def main() -> RollbackResult:
        first = asyncio.ensure_future(place.roll_back(OLD.id))
        await place.clock.sleep(after_s)
        first.cancel()
        await asyncio.wait({first})
        return await place.roll_back(OLD.id)

    result = run(main)
    assert result.outcome is RollbackOutcome.DONE, result.sentence
    assert place.running() == {OLD.id}
    assert sum(row.endswith("-back") for row in place.store.rows) == 1, "one way back, not two"


def test_a_router_that_refuses_gets_the_second_path_and_the_command_says_so(place: Place) -> None:
    place.succeeded()
    place.router.refuses = "the table is locked"
    result = run(lambda: place.roll_back(OLD.id))
    assert result.outcome is RollbackOutcome.DONE, result.sentence
    assert result.second_path
    assert any("second path" in line for line in place.said)


def test_a_router_that_refuses_everything_is_a_failed_rollback_with_its_own_code(place: Place) -> None:
    place.succeeded()
    place.router.refuses = place.router.refuses_second_path = "the table is locked"
    result = run(lambda: place.roll_back(OLD.id, within_s=200.0))
    assert (result.outcome, result.exit_code) == (RollbackOutcome.FAILED, 6)
    assert "the table is locked" in result.sentence


def test_without_a_live_answer_it_is_not_proved(place: Place) -> None:
    place.succeeded()
    place.silent = "nobody listens on 127.0.0.1:8080"
    result = run(lambda: place.roll_back(OLD.id))
    assert (result.outcome, result.exit_code) == (RollbackOutcome.NOT_PROVED, 3)
    assert "nobody listens" in result.sentence


def test_live_answers_of_another_release_disprove_it(place: Place) -> None:
    place.succeeded()
    place.answers_as = NEW.id
    result = run(lambda: place.roll_back(OLD.id, within_s=120.0))
    assert result.outcome is RollbackOutcome.NOT_PROVED
    assert NEW.id in result.sentence
    assert place.running() == {OLD.id, NEW.id}, "what still answers users is not stopped"


def test_a_denied_release_needs_force_and_the_reason_goes_on_record(place: Place) -> None:
    place.succeeded()
    now = place.clock.utc()
    place.ledger.deny(Denial(OLD.id, now, "ada", "loses orders"), AuditDraft(now, "ada", "release.deny", f"release:{OLD.id}"))
    with pytest.raises(RollbackRefused, match="loses orders"):
        run(lambda: place.roll_back(OLD.id))
    assert len(place.router.requests) == 1
    assert run(lambda: place.roll_back(OLD.id, force=True)).outcome is RollbackOutcome.DONE
    assert place.ledger.denial(OLD.id) is None


def test_the_release_on_its_way_up_is_no_way_back(place: Place) -> None:
    place.succeeded()

    async def main() -> None:
        place.start(NEWEST.id)
        driving = asyncio.ensure_future(place.controller().drive("ro_now"))
        await until(place, lambda: place.store.get("ro_now").state.verified_weight_percent == 10)
        try:
            await place.roll_back(NEWEST.id)
        finally:
            driving.cancel()
            await asyncio.wait({driving})

    with pytest.raises(RollbackRefused, match="promote ro_now"):
        run(main)


def test_nothing_known_to_be_stable_is_said(place: Place) -> None:
    with pytest.raises(RollbackRefused, match="nobody knows"):
        run(lambda: place.roll_back(OLD.id))


@pytest.mark.parametrize("fields", [{"by": " "}, {"reason": " "}])
def test_it_needs_a_name_and_a_reason(place: Place, fields: dict[str, Any]) -> None:
    place.succeeded()
    with pytest.raises(Unsigned):
        run(lambda: place.roll_back(OLD.id, **fields))


def test_another_controller_may_drive_it(place: Place) -> None:
    """`goldfinch serve` holds the lease; the command watches."""
    place.succeeded()

    async def main() -> RollbackResult:
        serving = asyncio.ensure_future(place.controller().run())

        async def watch(_: str) -> None:
            await asyncio.Event().wait()

        result = await place.roll_back(OLD.id, drive=watch)
        serving.cancel()
        await asyncio.wait({serving})
        return result

    assert run(main).outcome is RollbackOutcome.DONE


def test_the_name_stable_goes_back_too(place: Place) -> None:
    place.succeeded()

    async def main() -> str | None:
        await place.deployer.make_stable(NEW.id)
        await place.roll_back(OLD.id)
        return await place.deployer.named_stable()

    assert run(main) == OLD.id
