"""A rollout's whole world in simulated time: the real loop, state machine and health; fakes of everything outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import RolloutState
from goldfinch.operations.roll_out.controller import Controller
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.testing.audit_log import InMemoryAuditLog
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.evidence_source import SimulatedTraffic
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger, sample_release
from goldfinch.testing.rollout_log import FakeRolloutLog
from goldfinch.testing.rollout_store import InMemoryRolloutStore, sample_rollout
from goldfinch.testing.traffic_router import FakeRouter

MINUTE = timedelta(minutes=1)
STABLE, CANARY = sample_release(1), sample_release(2)
PLAN = RolloutPlan(
    steps=(Step(10, 10 * MINUTE), Step(50, 10 * MINUTE), Step(100, timedelta(0))),
    health=HealthRules(),
    post_promotion=5 * MINUTE,
    session_drain=2 * MINUTE,
    drain_within=2 * MINUTE,
)


@dataclass
class World:
    """Fakes that outlive a controller."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: InMemoryRolloutStore = field(default_factory=InMemoryRolloutStore)
    log: FakeRolloutLog = field(default_factory=FakeRolloutLog)
    pace: Pace = field(default_factory=lambda: Pace(look_s=5.0))

    def __post_init__(self) -> None:
        self.audit: InMemoryAuditLog = self.store.audit
        self.ledger = InMemoryReleaseLedger(self.audit)
        self.router = FakeRouter(self.clock, lag_s=3.0)
        self.deployer = FakeDeployer(self.clock, ready_after_s=20.0, stage_takes_s=30.0, running=(STABLE.id,))
        self.traffic = SimulatedTraffic(sessions_per_s=10.0)
        self.notifier = FakeNotifier()
        self._of_others: dict[str, Surroundings] = {}
        for release in (STABLE, CANARY):
            self.ledger.add(release, AuditDraft(self.clock.utc(), "ada", "release.create", f"release:{release.id}"))

    def start(self, rollout_id: str = "ro_1", **fields: object) -> Rollout:
        named: dict[str, Any] = {
            "plan": PLAN,
            "state": RolloutState(),
            "canary": CANARY.id,
            "stable": STABLE.id,
            "created_at": self.clock.utc(),
            **fields,
        }
        rollout = sample_rollout(rollout_id, **named)
        return self.store.create(rollout, AuditDraft(self.clock.utc(), "ada", "rollout.create", f"rollout:{rollout_id}"))

    def tools(self) -> Tools:
        return Tools(self.store, self.ledger, self.clock, self.log, self.pace)

    def surroundings(self, rollout: Rollout) -> Surroundings:
        """Another service has a router and a deployer of its own."""
        if rollout.service == "agent":
            return Surroundings(self.router, self.deployer, self.traffic, self.notifier)
        router, deployer = FakeRouter(self.clock), FakeDeployer(self.clock, running=(STABLE.id,))
        return self._of_others.setdefault(rollout.service, Surroundings(router, deployer, SimulatedTraffic(), self.notifier))

    def controller(self, owner: str = "host:1") -> Controller:
        return Controller(self.tools(), self.surroundings, owner)

    async def run(self, owner: str = "host:1", *, at_most: timedelta = timedelta(hours=12)) -> None:
        """Until no rollout is left; a rollout that hangs fails the test."""
        running = asyncio.ensure_future(self.controller(owner).run(until_idle=True))
        limit = asyncio.ensure_future(self.clock.sleep(at_most.total_seconds()))
        await asyncio.wait({running, limit}, return_when=asyncio.FIRST_COMPLETED)
        over = running.done()
        for task in (running, limit):
            task.cancel()
        await asyncio.gather(running, limit, return_exceptions=True)
        assert over, f"still {self.row().state} after {at_most}"
        if not running.cancelled():
            running.result()

    async def later(self, after: timedelta, act: Callable[[], object]) -> None:
        await self.clock.sleep(after.total_seconds())
        act()

    def ask(self, verb: Verb, by: str = "grace", reason: str = "because", rollout_id: str = "ro_1") -> None:
        request = OperatorRequest(f"{verb} {self.clock.utc_iso()}", verb, by, self.clock.utc(), reason)
        audit = AuditDraft(self.clock.utc(), by, f"rollout.{verb}", f"rollout:{rollout_id}")
        self.store.ask(rollout_id, request, audit)

    def row(self, rollout_id: str = "ro_1") -> Rollout:
        return self.store.get(rollout_id)

    def places(self, rollout_id: str = "ro_1") -> list[str]:
        """Every place that the rollout was in, in order."""
        found: list[str] = []
        for decision in self.store.decisions(rollout_id):
            if not found or found[-1] != decision.to_phase:
                found.append(decision.to_phase)
        return found
