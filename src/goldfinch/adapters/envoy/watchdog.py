"""The dead-man switch: a canary whose controller is gone gives its traffic back."""

from __future__ import annotations

import time

from goldfinch.adapters.envoy.files import ProxyFiles
from goldfinch.adapters.envoy.shifting import Shift
from goldfinch.core.proxy.dead_man import Sight, gives_back
from goldfinch.core.proxy.split import without_controller
from goldfinch.ports.clock import Clock


class Watchdog:
    """Looked after by the proxy's supervisor."""

    def __init__(self, files: ProxyFiles, shift: Shift, clock: Clock, limit_s: float) -> None:
        self._files, self._shift, self._clock, self._limit_s = files, shift, clock, limit_s
        self._last_sign = 0.0
        self._since = clock.monotonic_s()

    async def look(self) -> str:
        """In words what was done; empty: nothing had to be. Raises what reading and shifting raise: the next look tries again."""
        sign = self._sign_of_life()
        if sign != self._last_sign:
            self._last_sign, self._since = sign, self._clock.monotonic_s()
        sight = Sight(self._clock.utc().timestamp() - sign, self._clock.monotonic_s() - self._since)
        if not gives_back(self._files.split(), sight, self._limit_s):
            return ""
        async with self._shift.alone():
            before = self._files.split()
            if before is None or self._sign_of_life() != sign or not gives_back(before, sight, self._limit_s):
                return ""
            await self._shift.to(before, without_controller(before))
        return (
            f"DEAD-MAN SWITCH: no controller of rollout {before.rollout_id} has looked for {sight.silent_s:.0f} s (limit "
            f"{self._limit_s:g} s): the canary {before.canary} had {before.percent} % and has 0 % now, all sessions are on {before.stable}"
        )

    def _sign_of_life(self) -> float:
        """Seconds since 1970: of the last look, or of the split where no controller has ever looked."""
        for file in (self._files.alive, self._files.split_file):
            try:
                return file.stat().st_mtime
            except FileNotFoundError:
                continue
        return time.time()
