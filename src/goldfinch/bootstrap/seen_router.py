"""A router that remembers what it was last seen to serve: the screen shows it without asking the data plane a second time."""

from __future__ import annotations

from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.traffic_router import TrafficRouter


class SeenRouter:
    """A `TrafficRouter` around another. `last` is None until the first answer, and again when there is none."""

    def __init__(self, router: TrafficRouter) -> None:
        self._router = router
        self.last: RouterView | None = None

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
        await self._router.set_canary_weight(percent, canary=canary, stable=stable, sessions=sessions, second_path=second_path, fence=fence)

    async def view(self) -> RouterView:
        self.last = None
        self.last = await self._router.view()
        return self.last

    async def in_flight(self, release: str, canary: str) -> int | None:
        """Requests open on a release, as they were seen last; None: nobody knows, as of any but the canary."""
        return self.last.canary_in_flight if self.last is not None and release == canary else None
