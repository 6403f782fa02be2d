"""A router that is not believed to serve a way back before it was asked for it."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.traffic_router import TrafficRouter


class AskedRouter:
    """For rollouts that begin with their rollback: their split is another rollout's until the router has taken the first request.

    A router shows weight 0 for a rollout that it never heard of. Read as an answer, that would drain and stop the release that serves.
    After a restart the request is made again in the next pass, and changes nothing.
    """

    def __init__(self, router: TrafficRouter) -> None:
        self._router = router
        self._was_asked = False

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
        self._was_asked = True

    async def view(self) -> RouterView:
        seen = await self._router.view()
        return seen if self._was_asked else replace(seen, acknowledged=False)
