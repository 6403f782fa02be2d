"""What the controller asks of whatever splits the traffic."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.plan import SessionsOnRollback


class TrafficRouter(Protocol):
    """The split between the two arms of one rollout. Every method may be called again with the same arguments, and then changes nothing."""

    async def set_canary_weight(
        self,
        percent: int,
        *,
        canary: str,
        stable: str | None,
        sessions: SessionsOnRollback | None = None,
        second_path: bool = False,
        fence: int = 0,
    ) -> None:
        """Ask the proxy for this split; `sessions` says in the same change where the canary's pinned sessions go.

        `fence` is the lease's: once a higher one has been seen, a lower one is refused, so that a controller that lost its lease and
        wakes late moves nothing. Returns when the request was taken; whether it is served is `view`'s answer. Raises `TrafficNotShifted`.
        """
        ...

    async def view(self) -> RouterView:
        """What the data plane serves, read back. Raises `RouterUnreachable`."""
        ...
