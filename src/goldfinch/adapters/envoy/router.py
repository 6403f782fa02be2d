"""The traffic router over Envoy: the split goes into files, and what is served is read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from goldfinch.adapters.envoy.admin import EnvoyAdmin
from goldfinch.adapters.envoy.files import ProxyFiles
from goldfinch.adapters.envoy.shifting import Shift
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.proxy.failures import ProxyBroken
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.proxy.split import Asked, Endpoint, Split, after, with_addresses, with_stable_pins_moved
from goldfinch.core.proxy.viewing import view_of
from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.failures import RouterUnreachable, TrafficNotShifted
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_addresses import ReleaseAddresses

SESSION_DRAIN = timedelta(minutes=10)


class EnvoyRouter:
    """Of one rollout. `goldfinch proxy` is another process, which may be away for a while: what was asked is served when it is back.

    `session_drain`: how long sessions that began on the stable release stay there once the canary has 100 %. `options` have to be those
    of the proxy: its timeouts are part of the routes.
    """

    def __init__(
        self,
        folder: Path,
        rollout_id: str,
        addresses: ReleaseAddresses,
        clock: Clock,
        *,
        options: ProxyOptions,
        session_drain: timedelta = SESSION_DRAIN,
    ) -> None:
        self._files = ProxyFiles(folder)
        self._admin = EnvoyAdmin(self._files.admin_socket)
        self._shift = Shift(self._files, self._admin, clock, options)
        self._rollout_id, self._addresses, self._clock = rollout_id, addresses, clock
        self._session_drain = session_drain

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
        addresses = self._addresses_of(*((canary,) if stable is None else (canary, stable)))
        asked = Asked(self._rollout_id, fence, percent, canary, stable, sessions, addresses, self._clock.utc_iso())
        with _as(TrafficNotShifted):
            self._files.make()
            if second_path:
                await self._at_once(asked)
            async with self._shift.alone():
                before = self._files.split()
                await self._shift.to(before, after(before, asked))

    async def view(self) -> RouterView:
        with _as(RouterUnreachable):
            self._files.make()
            self._files.touch_alive()
            split = await self._kept_current()
            served = await self._admin.served()
            return view_of(split, self._rollout_id, served, self._shift.expected(split), self._files.routes_on_disk())

    async def _at_once(self, asked: Asked) -> None:
        """The emergency path, before anything that may hang or fail; the files are tried all the same, for what is set here is gone when
        Envoy ends. Who lost the lease is refused here too, as far as it can be read; weight 0 does not wait for that."""
        try:
            after(self._files.split(), asked)
        except (OSError, ProxyBroken):
            if asked.percent:
                raise
        with suppress(RouterUnreachable):
            await self._shift.by_runtime(asked.canary, asked.stable, asked.percent)

    async def _kept_current(self) -> Split | None:
        """With releases where they listen now, and the stable release's sessions moved once they have had their time.

        Where that fails, the split stays as it is, and the next look tries again."""
        split = self._files.split()
        if split is None or split.rollout_id != self._rollout_id or self._current(split) == split:
            return split
        try:
            async with self._shift.alone(within_s=0):
                before = self._files.split()
                if before is None or before.rollout_id != self._rollout_id:
                    return before
                split = self._current(before)
                await self._shift.to(before, split)
        except TrafficNotShifted:
            return self._files.split()
        return split

    def _current(self, split: Split) -> Split:
        current = with_addresses(split, self._addresses_of(*split.releases))
        return with_stable_pins_moved(current) if self._sessions_had_their_time(split) else current

    def _sessions_had_their_time(self, split: Split) -> bool:
        if not split.full_since or split.stable_pins_moved or split.stable is None:
            return False
        return self._clock.utc() - datetime.fromisoformat(split.full_since) >= self._session_drain

    def _addresses_of(self, *releases: str) -> dict[str, tuple[Endpoint, ...]]:
        return {release: tuple((address.host, address.port) for address in self._addresses.addresses(release)) for release in releases}


@contextmanager
def _as(failure: type[TrafficNotShifted | RouterUnreachable]) -> Iterator[None]:
    """What the port's callers know: of the folder's failures too."""
    try:
        yield
    except ProxyBroken as error:
        raise failure(error.problem.what, where=error.problem.where, hint=error.problem.hint) from None
    except GoldfinchError:
        raise
    except OSError as error:
        raise failure(error.strerror or str(error), where=str(error.filename or "router")) from None
