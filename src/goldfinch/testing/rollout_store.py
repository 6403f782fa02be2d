"""Rollouts in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from threading import RLock
from typing import Any, TypeVar

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.events import SessionState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import OperatorRequest
from goldfinch.core.rollout.failures import RolloutUnderWay, StaleWrite, UnknownRollout
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Change, Decision, Lease, Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase, RolloutState
from goldfinch.core.rollout.superseded import superseded
from goldfinch.testing.audit_log import InMemoryAuditLog

Method = TypeVar("Method", bound=Callable[..., Any])


def _transaction(method: Method) -> Method:
    """One at a time, and no answer while the store is down. Each method checks everything before it changes anything."""

    @wraps(method)
    def run(self: InMemoryRolloutStore, *arguments: Any, **named: Any) -> Any:
        with self.lock:
            self.audit.require_up()
            return method(self, *arguments, **named)

    return run  # type: ignore[return-value]  # same signature


@dataclass
class InMemoryRolloutStore:
    """A `RolloutStore` of dictionaries. `audit.down = True` takes it away."""

    audit: InMemoryAuditLog = field(default_factory=InMemoryAuditLog)
    rows: dict[str, Rollout] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict)
    made: dict[str, list[Decision]] = field(default_factory=dict)
    asked: dict[str, dict[str, OperatorRequest]] = field(default_factory=dict)
    done: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[str, dict[str, SessionState]] = field(default_factory=dict)
    given: dict[str, Approval] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock)

    @_transaction
    def create(self, rollout: Rollout, audit: AuditDraft) -> Rollout:
        if rollout.id in self.rows:
            raise RolloutUnderWay(f"{rollout.id} is there already")
        self._require_place(rollout)
        ended = [superseded(row, rollout, audit.actor, audit.at) for row in self._waiting_before(rollout)]
        self.audit.extend([audit, *(draft for _, _, draft in ended)])
        for row, decision, _ in ended:
            self.rows[row.id] = row
            self.made[row.id].append(decision)
        self.rows[rollout.id] = replace(rollout, lease=None)
        self.fences[rollout.id] = 0
        self.made[rollout.id], self.asked[rollout.id], self.seen[rollout.id] = [], {}, {}
        return self.rows[rollout.id]

    @_transaction
    def get(self, rollout_id: str) -> Rollout:
        return self._row(rollout_id)

    @_transaction
    def unfinished(self) -> tuple[Rollout, ...]:
        return tuple(row for row in self.rows.values() if row.state.phase not in TERMINAL)

    @_transaction
    def unfinished_ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self.rows.values() if row.state.phase not in TERMINAL)

    @_transaction
    def under_way(self, service: str, environment: str) -> str | None:
        own = (row for row in self.rows.values() if (row.service, row.environment) == (service, environment))
        return next((row.id for row in own if row.state.phase not in {*TERMINAL, Phase.PENDING}), None)

    @_transaction
    def latest(self, service: str, environment: str) -> Rollout | None:
        found = [row for row in self.rows.values() if (row.service, row.environment) == (service, environment)]
        return found[-1] if found else None

    @_transaction
    def recent(self, limit: int = 50) -> tuple[Rollout, ...]:
        return tuple(self.rows.values())[::-1][:limit]

    @_transaction
    def take_lease(self, rollout_id: str, owner: str, now: datetime, lasts: timedelta) -> Lease | None:
        row = self._row(rollout_id)
        held = row.lease is not None and row.lease.expires_at > now
        if held and row.lease is not None and row.lease.owner != owner:
            return None
        self.fences[rollout_id] += 0 if held else 1
        lease = Lease(owner, self.fences[rollout_id], now + lasts)
        self.rows[rollout_id] = replace(row, lease=lease)
        return lease

    @_transaction
    def give_up_lease(self, rollout_id: str, lease: Lease) -> None:
        row = self._row(rollout_id)
        if row.lease is not None and (row.lease.owner, row.lease.fence) == (lease.owner, lease.fence):
            self.rows[rollout_id] = replace(row, lease=None)

    @_transaction
    def commit(self, change: Change) -> Rollout:
        row = self._row(change.rollout_id)
        self._require_current(row, change)
        observed_at = change.at if row.observed_at is None else max(row.observed_at, change.at)
        fresh = replace(
            row,
            state=change.state,
            health=dict(change.health),
            cursor=change.cursor,
            revision=row.revision + 1,
            observed_at=observed_at,
        )
        self._require_place(fresh)
        self.audit.extend(change.audit)
        self.rows[row.id] = fresh
        self.done |= {(row.id, request) for request in change.requests_done}
        self.seen[row.id] |= {session.session: session for session in change.sessions}
        for session in change.forgotten:
            self.seen[row.id].pop(session, None)
        self.made[row.id] += [change.decision] if change.decision is not None else []
        return fresh

    @_transaction
    def ask(self, rollout_id: str, request: OperatorRequest, audit: AuditDraft) -> None:
        self._row(rollout_id)
        if request.id not in self.asked[rollout_id]:
            self.audit.append(audit)
            self.asked[rollout_id][request.id] = request

    @_transaction
    def open_requests(self, rollout_id: str) -> tuple[OperatorRequest, ...]:
        self._row(rollout_id)
        return tuple(one for one in self.asked[rollout_id].values() if (rollout_id, one.id) not in self.done)

    @_transaction
    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        self._row(rollout_id)
        return tuple(self.made[rollout_id])

    @_transaction
    def sessions(self, rollout_id: str) -> Iterable[SessionState]:
        self._row(rollout_id)
        return tuple(self.seen[rollout_id].values())

    @_transaction
    def approve(self, approval: Approval, audit: AuditDraft) -> None:
        if approval.id not in self.given:
            self.audit.append(audit)
            self.given[approval.id] = approval

    @_transaction
    def approvals(self, release: str, environment: str) -> tuple[Approval, ...]:
        return tuple(one for one in self.given.values() if (one.release, one.environment) == (release, environment))

    def _row(self, rollout_id: str) -> Rollout:
        if rollout_id not in self.rows:
            raise UnknownRollout(f"no rollout {rollout_id!r}", where="in memory")
        return self.rows[rollout_id]

    def _require_current(self, row: Rollout, change: Change) -> None:
        open_ids = {one.id for one in self.asked[row.id].values() if (row.id, one.id) not in self.done}
        if row.revision != change.expected_revision:
            raise StaleWrite(f"revision {row.revision} is stored, {change.expected_revision} was read", where=f"rollout {row.id}")
        if row.lease is None or row.lease.fence != change.fence:
            raise StaleWrite(f"fence {change.fence} is not the lease's any more", where=f"rollout {row.id}")
        if missing := set(change.requests_done) - open_ids:
            raise StaleWrite(f"request {min(missing)} is not open", where=f"rollout {row.id}")

    def _require_place(self, rollout: Rollout) -> None:
        """One that waits, and one that moves traffic, of each service and environment."""
        phase, place = rollout.state.phase, (rollout.service, rollout.environment)
        others = [row for row in self.rows.values() if row.id != rollout.id and (row.service, row.environment) == place]
        if phase in TERMINAL or phase is Phase.PENDING:
            return
        if any(other.state.phase not in {*TERMINAL, Phase.PENDING} for other in others):
            raise RolloutUnderWay(f"a rollout of {rollout.service} in {rollout.environment} has not ended")

    def _waiting_before(self, newer: Rollout) -> list[Rollout]:
        if newer.state.phase is not Phase.PENDING:
            return []
        place = (newer.service, newer.environment)
        return [row for row in self.rows.values() if row.state.phase is Phase.PENDING and (row.service, row.environment) == place]


def sample_rollout(rollout_id: str = "ro_1", *, service: str = "agent", environment: str = "production", **fields: Any) -> Rollout:
    """A rollout that has just begun; `fields` replace the defaults."""
    defaults: dict[str, Any] = {
        "canary": "rel_00000000000000aa",
        "stable": "rel_00000000000000bb",
        "plan": RolloutPlan(),
        "state": RolloutState(phase=Phase.INITIALIZING),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "created_by": "ada",
    }
    return Rollout(id=rollout_id, service=service, environment=environment, **{**defaults, **fields})
