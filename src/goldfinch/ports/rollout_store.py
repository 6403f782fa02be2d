"""What the controller and the commands ask of the place where rollouts are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.events import SessionState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import OperatorRequest
from goldfinch.core.rollout.record import Change, Decision, Lease, Rollout


class RolloutStore(Protocol):
    """Rows of rollouts, changed only by compare-and-set. Every method is one transaction.

    A store that does not answer raises `StoreUnavailable`; nothing of the method has then happened, or all of it.
    """

    def create(self, rollout: Rollout, audit: AuditDraft) -> Rollout:
        """Add a rollout. Raises `RolloutUnderWay` where one of the same service and environment has not ended, unless `rollout` is
        Pending: then it waits, in the place of one that waited before it, which becomes Superseded."""
        ...

    def get(self, rollout_id: str) -> Rollout:
        """Raises `UnknownRollout`."""
        ...

    def unfinished(self) -> tuple[Rollout, ...]:
        """Every rollout that has not ended, oldest first."""
        ...

    def unfinished_ids(self) -> tuple[str, ...]:
        """Their ids, oldest first, also of rows that cannot be read: one damaged row stops nobody else's rollout."""
        ...

    def under_way(self, service: str, environment: str) -> str | None:
        """The id of the one rollout that has begun and not ended, also of a row that cannot be read."""
        ...

    def latest(self, service: str, environment: str) -> Rollout | None: ...

    def recent(self, limit: int = 50) -> tuple[Rollout, ...]:
        """Newest first, also those that have ended. A row that cannot be read is left out: it hides no other from who looks."""
        ...

    def take_lease(self, rollout_id: str, owner: str, now: datetime, lasts: timedelta) -> Lease | None:
        """Take or renew the lease; None where another owner holds it. A new holder gets a higher fence."""
        ...

    def give_up_lease(self, rollout_id: str, lease: Lease) -> None: ...

    def commit(self, change: Change) -> Rollout:
        """Write all of `change`, the revision one higher. Raises `StaleWrite` where revision or fence is not the row's any more."""
        ...

    def ask(self, rollout_id: str, request: OperatorRequest, audit: AuditDraft) -> None:
        """Keep a person's request until a pass has dealt with it; the same id twice is one request."""
        ...

    def open_requests(self, rollout_id: str) -> tuple[OperatorRequest, ...]: ...

    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        """All of them, oldest first, each with its measurements."""
        ...

    def sessions(self, rollout_id: str) -> Iterable[SessionState]: ...

    def approve(self, approval: Approval, audit: AuditDraft) -> None: ...

    def approvals(self, release: str, environment: str) -> tuple[Approval, ...]: ...
