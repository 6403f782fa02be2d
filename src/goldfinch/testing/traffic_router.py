"""A traffic router without a proxy."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.failures import RouterUnreachable, TrafficNotShifted
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class RouteSet:
    """What the router was asked for, and when."""

    at_s: float
    percent: int
    canary: str
    stable: str | None
    sessions: SessionsOnRollback | None
    second_path: bool


class FakeRouter:
    """Serves a split some time after it was asked for it; refuses, drifts or falls silent when told to.

    The split follows `lag_s` after the request, acknowledged from then on. Sessions pinned to the canary gather with `pin` and go with
    `SessionsOnRollback.BREAK`, or when they are let go with `unpin`.
    """

    def __init__(self, clock: Clock, *, lag_s: float = 0.0) -> None:
        self._clock = clock
        self.lag_s = lag_s
        self.refuses = ""
        """In the proxy's words; the second path still works."""
        self.refuses_second_path = ""
        self.unreachable = ""
        self.requests: list[RouteSet] = []
        """Requests that changed something, in order."""
        self.tries = 0
        """All calls that asked for a split, also those that were refused."""
        self._before = 0
        self._foreign: tuple[int, str] | None = None
        self._pinned = 0
        self._in_flight = 0
        self._fence = 0

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
        self.tries += 1
        if fence < self._fence:
            raise TrafficNotShifted(f"asked under the lease {fence}, and {self._fence} has been seen", where="router")
        self._fence = fence
        refusal = self.refuses_second_path if second_path else self.refuses
        if refusal:
            raise TrafficNotShifted(refusal, where="router")
        if not 0 <= percent <= 100:
            raise TrafficNotShifted(f"a share of {percent} % cannot be", where="router")
        asked = RouteSet(self._clock.monotonic_s(), percent, canary, stable, sessions, second_path)
        if self._changes(asked):
            self._before = self._served()
            self._foreign = None
            self.requests.append(asked)
        if sessions is SessionsOnRollback.BREAK:
            self._pinned = 0

    async def view(self) -> RouterView:
        if self.unreachable:
            raise RouterUnreachable(self.unreachable, where="router")
        served = self._served()
        changed = self._foreign[1] if self._foreign else ""
        return RouterView(served, self._settled(), changed, self._pinned, self._in_flight)

    def drift(self, percent: int, who: str = "somebody") -> None:
        """Somebody else changes the split behind the controller's back."""
        self._foreign = (percent, f"{who} set the canary's share to {percent} %")

    def pin(self, sessions: int, in_flight: int = 0) -> None:
        """So many sessions and open requests are on the canary."""
        self._pinned, self._in_flight = sessions, in_flight

    def unpin(self) -> None:
        self._pinned = self._in_flight = 0

    def _changes(self, asked: RouteSet) -> bool:
        if self._foreign or not self.requests:
            return True
        last = self.requests[-1]
        return (last.percent, last.canary, last.stable) != (asked.percent, asked.canary, asked.stable)

    def _settled(self) -> bool:
        return not self.requests or self._clock.monotonic_s() >= self.requests[-1].at_s + self.lag_s

    def _served(self) -> int:
        if self._foreign:
            return self._foreign[0]
        if not self.requests:
            return 0
        return self.requests[-1].percent if self._settled() else self._before
