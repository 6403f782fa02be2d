"""From one split to the next: files in the order in which no request ever meets a release that is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from goldfinch.adapters.envoy.admin import EnvoyAdmin
from goldfinch.adapters.envoy.files import ProxyFiles
from goldfinch.core.proxy.clusters import NOBODY, clusters
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.proxy.reading import Served, emergency_weights
from goldfinch.core.proxy.split import Split
from goldfinch.core.proxy.viewing import Expected, is_served
from goldfinch.core.rollout.failures import RouterUnreachable, TrafficNotShifted
from goldfinch.ports.clock import Clock

_ALONE_WITHIN_S = 5.0
_TAKEN_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.01


class Shift:
    """Changes what the proxy serves; used by the controller's router, and by the watchdog."""

    def __init__(self, files: ProxyFiles, admin: EnvoyAdmin, clock: Clock, options: ProxyOptions) -> None:
        self._files, self._admin, self._clock, self._options = files, admin, clock, options

    @asynccontextmanager
    async def alone(self, within_s: float = _ALONE_WITHIN_S) -> AsyncIterator[None]:
        """Nobody else changes the split meanwhile. Raises `TrafficNotShifted` where somebody does so for too long."""
        until = self._clock.monotonic_s() + within_s
        while True:
            with self._files.exclusively("split") as mine:
                if mine:
                    yield
                    return
            if self._clock.monotonic_s() >= until:
                raise TrafficNotShifted(f"another process has been changing it for {within_s:g} s", where=str(self._files.split_file))
            await self._clock.sleep(_LOOK_EVERY_S)

    def expected(self, split: Split | None) -> Expected:
        return Expected(self._files.routes(split, self._options), clusters(split))

    async def to(self, before: Split | None, split: Split) -> None:
        """Within `alone`. Where Envoy is away, it finds the files when it comes. Raises `TrafficNotShifted` in Envoy's place, `OSError`."""
        served = await self._served()
        expected = self.expected(split)
        if before == split and served is not None and is_served(served, expected) and not served.overrides:
            return
        rejected = served.rejected if served is not None else 0
        union = clusters(split, before.releases if before is not None else None)
        self._files.write_clusters(union)
        await self._until(lambda seen: seen.clusters_version == union["version_info"], "the releases' addresses", rejected)
        self._persist(before, split)
        self._files.write_routes(expected.routes)
        await self._until(lambda seen: seen.routes_version == expected.routes["version_info"], "the routes", rejected)
        if union != expected.clusters:
            self._files.write_clusters(expected.clusters)
        if served is None or served.overrides:
            await self._without_overrides()

    async def by_runtime(self, canary: str, stable: str | None, percent: int) -> None:
        """The emergency path: at once, without a file; gone when Envoy ends. Raises `RouterUnreachable`."""
        await self._admin.set_runtime(emergency_weights(canary, stable or NOBODY, percent))

    def _persist(self, before: Split | None, split: Split) -> None:
        """Before the routes: whatever ends now, a proxy that starts again begins with the split that was asked for last."""
        if before != split:
            version = self._files.routes(before, self._options)["version_info"] if before is not None else ""
            self._files.write_split(replace(split, replaces=version))

    async def _served(self) -> Served | None:
        try:
            return await self._admin.served()
        except RouterUnreachable:
            return None

    async def _until(self, is_so: Callable[[Served], bool], what: str, rejected: int) -> None:
        until = self._clock.monotonic_s() + _TAKEN_WITHIN_S
        while (seen := await self._served()) is not None and not is_so(seen):
            if seen.rejected > rejected:
                raise TrafficNotShifted(f"Envoy refused {what}", where="router", hint=f"{self._files.envoy_log} says why")
            if self._clock.monotonic_s() >= until:
                raise TrafficNotShifted(f"Envoy did not take {what} within {_TAKEN_WITHIN_S:g} s", where="router")
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _without_overrides(self) -> None:
        """Runtime keys win over routes: left behind, they would hold the next step back."""
        served = await self._served()
        if served is not None and served.overrides:
            await self._admin.set_runtime(dict.fromkeys(served.override_keys, ""))
