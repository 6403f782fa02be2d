"""One pass over one rollout: lease, row, sight, check, decision, write, act. Everything that the next pass needs is in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from goldfinch.core.rollout.advance import advance
from goldfinch.core.rollout.commands import Command
from goldfinch.core.rollout.evidence import Evidence, OperatorRequest
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.core.rollout.transition import Transition
from goldfinch.operations.roll_out import recording
from goldfinch.operations.roll_out.acting import Actor
from goldfinch.operations.roll_out.admitting import Admission, admission
from goldfinch.operations.roll_out.checking import Checked, check
from goldfinch.operations.roll_out.lease_keeping import LeaseKeeper
from goldfinch.operations.roll_out.observing import Seen, observe
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.operations.roll_out.trusting import TrustedRow

AT_ONCE_S = 0.0


@dataclass(slots=True)
class Pass:
    """Passes over one rollout by one controller. Between them it remembers only what may be forgotten."""

    tools: Tools
    world: Surroundings
    lease: LeaseKeeper
    row: TrustedRow
    actor: Actor
    failures: tuple[str, ...] = ()
    """Of the last pass, for the next decision."""
    _silent: Mapping[str, str] = field(default_factory=dict)

    async def make(self, rollout: Rollout, now: datetime) -> float | None:
        """Seconds until the next pass; None: the rollout has ended. Raises `LeaseLost`, `StaleWrite`, `StoreUnavailable`, `RowEdited`."""
        self.row.check(rollout)
        if rollout.state.phase in TERMINAL:
            return None
        seen = await observe(rollout, self.world, self.tools.clock, self.tools.pace)
        self._say_who_is_silent(rollout, seen)
        self.lease.renew(self.tools.pace.read_s + self.tools.pace.act_s)
        checked = await self._check(rollout, now, seen)
        requests = self.tools.store.open_requests(rollout.id)
        admitted = admission(rollout, self.tools.store, self.tools.ledger, now)
        evidence = self._evidence(rollout, seen, checked, requests, admitted)
        moved = advance(rollout.plan, rollout.state, evidence, now, canary=rollout.canary, stable=rollout.stable)
        actor = recording.actor_of(moved, requests, admitted.approved_by, rollout.state)
        self.lease.renew(self.tools.pace.act_s)
        return await self._write_and_act(rollout, now, checked, moved, actor)

    async def _write_and_act(self, rollout: Rollout, now: datetime, checked: Checked, moved: Transition, actor: str) -> float | None:
        ends = moved.state.phase in TERMINAL
        if ends and not await self._act(replace(rollout, state=moved.state), moved.commands, now):
            return self._wait_s(now, rollout, moved, checked)
        written = self._write(rollout, now, checked, moved, actor)
        self.actor.tell(written, moved.commands)
        if ends:
            return None
        await self._act(written, moved.commands, now)
        return self._wait_s(now, rollout, moved, checked)

    async def _act(self, rollout: Rollout, commands: tuple[Command, ...], now: datetime) -> bool:
        """Whether all of them are carried out. The end of a rollout is written only then, because nobody looks at it afterwards."""
        self.failures = await self.actor.carry_out(rollout, commands, now)
        return not self.actor.has_failed(commands)

    def _write(self, rollout: Rollout, now: datetime, checked: Checked, moved: Transition, actor: str) -> Rollout:
        change = recording.change(rollout, now, checked, moved, fence=self.lease.fence, actor=actor)
        if change is None:
            return rollout
        written = self.tools.store.commit(change)
        self.row.know(written)
        if change.decision is not None:
            self.tools.log.write("rollout.decision", recording.line(rollout, change.decision, moved))
        return written

    async def _check(self, rollout: Rollout, now: datetime, seen: Seen) -> Checked:
        unhealthy = seen.canary is not None and seen.canary.running and not seen.canary.healthy
        return await check(rollout, now, self.world.evidence, self.tools, canary_unhealthy=unhealthy)

    def _evidence(
        self, rollout: Rollout, seen: Seen, checked: Checked, requests: tuple[OperatorRequest, ...], admitted: Admission
    ) -> Evidence:
        return Evidence(
            router=seen.router,
            canary=seen.canary,
            stable=seen.stable,
            assessment=checked.assessment,
            stages=seen.stages,
            requests=requests,
            approved=admitted.approved,
            refused=admitted.refused,
            failures=self.failures,
            measured_until=checked.measured_until,
            waits_for=self._waits_for(rollout),
            denied=admitted.denied,
            named_stable=seen.named_stable,
        )

    def _waits_for(self, rollout: Rollout) -> str:
        """Whose place a Pending rollout waits for. An id alone says it, so that a damaged row keeps its place too."""
        if rollout.state.phase is not Phase.PENDING:
            return ""
        active = self.tools.store.under_way(rollout.service, rollout.environment)
        return active or ""

    def _wait_s(self, now: datetime, rollout: Rollout, moved: Transition, checked: Checked) -> float:
        """Until the first thing that is to happen; at once where this pass has changed the place."""
        if recording.place(rollout.state) != recording.place(moved.state) and not self.failures:
            return AT_ONCE_S
        waits = [self.tools.pace.look_s]
        if moved.next_at is not None and moved.next_at > now:
            waits.append((moved.next_at - now).total_seconds())
        if checked.next_at is not None:
            waits.append(max(AT_ONCE_S, (checked.next_at - now).total_seconds()))
        if self.actor.retry_in_s is not None:
            waits.append(self.actor.retry_in_s)
        return min(waits)

    def _say_who_is_silent(self, rollout: Rollout, seen: Seen) -> None:
        for name, words in seen.silent.items():
            if self._silent.get(name) != words:
                self.tools.log.write("rollout.not_seen", {"rollout": rollout.id, "what": name, "why": words})
        for name in self._silent.keys() - seen.silent.keys():
            self.tools.log.write("rollout.seen_again", {"rollout": rollout.id, "what": name})
        self._silent = seen.silent
