"""The lease on one rollout: who may act, until when, and that it is so just before acting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from goldfinch.core.rollout.record import Lease, Rollout
from goldfinch.operations.roll_out.tools import Tools


class LeaseLost(Exception):
    """Another controller has the rollout, or may have it by now. Stop at once."""


class LeaseKeeper:
    """Takes, renews and gives up the lease of one rollout.

    How long it still lasts is counted by the monotonic clock from *before* it was asked for, so a process that was stopped for a while
    knows that its lease may be another's, whatever the wall clocks say.
    """

    def __init__(self, rollout_id: str, owner: str, tools: Tools, now: Callable[[], datetime]) -> None:
        self._rollout_id = rollout_id
        self._owner = owner
        self._store, self._clock, self._pace = tools.store, tools.clock, tools.pace
        self._now = now
        """The rollout's time at this moment: a pass may take longer than a lease lasts."""
        self._lease: Lease | None = None
        self._until_s = float("-inf")

    @property
    def fence(self) -> int:
        """What writes are made under. Raises `LeaseLost` without a lease."""
        if self._lease is None:
            raise LeaseLost
        return self._lease.fence

    def keep(self) -> bool:
        """Take the lease, or renew it once half of it is over; False where another holds it."""
        half_s = self._pace.lease.total_seconds() / 2
        if self._lease is not None and self._until_s - self._clock.monotonic_s() > half_s:
            return True
        return self.take()

    def confirm(self, rollout: Rollout) -> None:
        """See in the row that was just read that the lease is still ours. Raises `LeaseLost`."""
        stored = rollout.lease
        if self._lease is None or stored is None or (stored.owner, stored.fence) != (self._owner, self._lease.fence):
            raise LeaseLost

    def take(self) -> bool:
        """Take the lease, or renew it; False where another holds it."""
        before_s = self._clock.monotonic_s()
        self._lease = self._store.take_lease(self._rollout_id, self._owner, self._now(), self._pace.lease)
        self._until_s = before_s + self._pace.lease.total_seconds()
        return self._lease is not None

    def check(self, outlasting_s: float) -> None:
        """See in the store that the lease is still ours and lasts as long as what is about to begin. Raises `LeaseLost`."""
        if self._lease is None or self._clock.monotonic_s() + outlasting_s > self._until_s:
            raise LeaseLost
        self.confirm(self._store.get(self._rollout_id))

    def renew(self, outlasting_s: float) -> None:
        """Renew the lease where it does not last so long any more. Raises `LeaseLost` where another has taken it meanwhile."""
        if self._clock.monotonic_s() + outlasting_s <= self._until_s and self._lease is not None:
            return
        fence = self.fence
        if not self.take() or self.fence != fence:
            raise LeaseLost

    def give_up(self) -> None:
        """Let others have it at once, rather than when it ends."""
        if self._lease is not None:
            self._store.give_up_lease(self._rollout_id, self._lease)
            self._lease = None

    def forget(self) -> None:
        """It is another's."""
        self._lease = None
