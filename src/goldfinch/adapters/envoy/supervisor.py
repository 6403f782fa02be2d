"""What `goldfinch proxy` does: keep one Envoy running with the split that was asked for last."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goldfinch.adapters.envoy.access_log import AccessLog
from goldfinch.adapters.envoy.admin import EnvoyAdmin
from goldfinch.adapters.envoy.files import ProxyFiles
from goldfinch.adapters.envoy.process import (
    EnvoyProcess,
    digest,
    envoy_program,
    found_running,
    last_words,
    ready,
    refuse_taken_port,
    start,
)
from goldfinch.adapters.envoy.shifting import Shift
from goldfinch.adapters.envoy.watchdog import Watchdog
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.proxy import codes
from goldfinch.core.proxy.bootstrap import bootstrap
from goldfinch.core.proxy.clusters import clusters
from goldfinch.core.proxy.envoy_json import encoded
from goldfinch.core.proxy.failures import ProxyBroken, ProxyRefused
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.rollout.failures import RouterUnreachable
from goldfinch.ports.clock import Clock

READY_WITHIN_S = 20.0
_KILLED_AFTER_S = 5.0
_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.1, 10.0
_STEADY_AFTER_S = 60.0
"""An Envoy that ran for so long has not failed at once: the backoff begins anew."""
_TICK_S = 0.5
_LOOK_AT_STREAMS_EVERY_S = 0.1


class ProxySupervisor:
    """Of one folder. Everything that happens is said in a line through `say`."""

    def __init__(self, folder: Path, access_log: Path, options: ProxyOptions, clock: Clock, say: Callable[[str], None]) -> None:
        self._files = ProxyFiles(folder)
        self._admin = EnvoyAdmin(self._files.admin_socket)
        self._options, self._clock, self._say = options, clock, say
        self._log = AccessLog(access_log, segment_bytes=options.log_segment_bytes, keep=options.log_segments)
        shift = Shift(self._files, self._admin, clock, options)
        self._shift = shift
        self._watchdog = Watchdog(self._files, shift, clock, options.dead_man.total_seconds())
        self._stop = asyncio.Event()
        self._at_once = asyncio.Event()

    def stop(self) -> None:
        """Let streams end, then end; asked twice, at once."""
        (self._at_once if self._stop.is_set() else self._stop).set()

    async def run(self) -> None:
        """Until `stop`. Raises `ProxyRefused` and `ProxyBroken` where it cannot begin; what comes later is tried again."""
        self._files.make()
        self._log.make()
        with self._alone():
            program = envoy_program()
            content = encoded(bootstrap(self._options, xds_folder=str(self._files.xds), access_log=str(self._log.path)))
            await self._write_files()
            envoy = await self._adopted(content) or await self._started(program, content)
            await self._keep_running(envoy, program, content)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._files.exclusively("proxy") as mine:
            if not mine:
                what = f"a proxy runs already (process {self._files.holder('proxy') or 'unknown'})"
                raise ProxyRefused(what, where=str(self._files.folder), code=codes.RUNS_ALREADY)
            yield

    async def _write_files(self) -> None:
        """As the split says: whatever was half written when the last one was killed."""
        async with self._shift.alone():
            split = self._files.split()
            expected = self._shift.expected(split)
            self._files.write_clusters(clusters(split))
            self._files.write_routes(expected.routes)
        if split is None:
            self._say("no release has been given traffic yet: every request is answered with 503 until a rollout starts")
        else:
            self._say(
                f"rollout {split.rollout_id}: {split.percent} % of new sessions on {split.canary}, the rest on {split.stable or 'nobody'}"
            )

    async def _adopted(self, content: bytes) -> EnvoyProcess | None:
        """The Envoy of a supervisor that was killed: it has served on, and serves on. Other settings need another one."""
        left = found_running(self._files)
        if left is None:
            return None
        if left.bootstrap == digest(content) and await self._admin.is_ready():
            self._say(
                f"took over Envoy (process {left.pid}), which an earlier proxy had left running; it listens on http://{self._options.listen}"
            )
            return left
        self._say(f"ends Envoy (process {left.pid}) of an earlier proxy, which had other settings or does not answer")
        await self._end(left, drain_s=self._options.drain.total_seconds())
        return None

    async def _started(self, program: Path, content: bytes) -> EnvoyProcess:
        refuse_taken_port(self._options.listen)
        self._log.close_segment()
        envoy = start(self._files, program, content, self._options.concurrency)
        try:
            await ready(envoy, self._files, asyncio.ensure_future(self._until_ready()))
        except BaseException:
            envoy.signal(signal.SIGKILL)
            raise
        self._say(f"Envoy (process {envoy.pid}) listens on http://{self._options.listen}")
        return envoy

    async def _until_ready(self) -> None:
        until = self._clock.monotonic_s() + READY_WITHIN_S
        while not await self._admin.is_ready():
            if self._clock.monotonic_s() > until:
                raise ProxyBroken(
                    f"Envoy was not ready within {READY_WITHIN_S:g} s: {last_words(self._files)}", where=str(self._files.envoy_log)
                )
            await self._clock.sleep(0.02)

    async def _keep_running(self, envoy: EnvoyProcess, program: Path, content: bytes) -> None:
        backoff_s = _FIRST_BACKOFF_S
        while True:
            began = self._clock.monotonic_s()
            if await self._watched(envoy):
                await self._end(envoy, drain_s=self._options.drain.total_seconds())
                return
            if self._clock.monotonic_s() - began > _STEADY_AFTER_S:
                backoff_s = _FIRST_BACKOFF_S
            self._say(f"Envoy (process {envoy.pid}) has ended by itself: {last_words(self._files) or 'without a word'}")
            again = await self._again(program, content, backoff_s)
            if again is None:
                return
            envoy, backoff_s = again

    async def _again(self, program: Path, content: bytes, backoff_s: float) -> tuple[EnvoyProcess, float] | None:
        """At once the first time, then less and less often, for ever: nobody else would bring it back. None: to be stopped."""
        while not self._stop.is_set():
            try:
                await self._write_files()
                return await self._started(program, content), min(backoff_s * 2, _LONGEST_BACKOFF_S)
            except (GoldfinchError, OSError) as error:
                self._say(f"Envoy does not come back, next try in {backoff_s:g} s: {error}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), backoff_s)
            backoff_s = min(backoff_s * 2, _LONGEST_BACKOFF_S)
        return None

    async def _watched(self, envoy: EnvoyProcess) -> bool:
        """True: to be stopped; False: Envoy has ended."""
        over, stop = asyncio.ensure_future(envoy.ended()), asyncio.ensure_future(self._stop.wait())
        ticks = asyncio.ensure_future(self._tick_for_ever())
        try:
            await asyncio.wait({over, stop, ticks}, return_when=asyncio.FIRST_COMPLETED)
            if ticks.done():
                ticks.result()
            return stop.done()
        finally:
            for task in (over, stop, ticks):
                task.cancel()

    async def _tick_for_ever(self) -> None:
        said = ""
        while True:
            await self._clock.sleep(_TICK_S)
            try:
                await self._rotate()
                done = await self._watchdog.look()
                said = ""
            except (GoldfinchError, OSError) as error:
                done = "" if str(error) == said else f"could not look after it: {error}"
                said = str(error)
            if done:
                self._say(done)

    async def _rotate(self) -> None:
        if self._log.is_full and self._log.close_segment():
            await self._admin.post("/reopen_logs")

    async def _end(self, envoy: EnvoyProcess, drain_s: float) -> None:
        """No new connections; what runs may end, as long as `drain_s` and nobody asks again."""
        with suppress(RouterUnreachable):
            await self._admin.post("/healthcheck/fail")
            await self._admin.post("/drain_listeners")
            await self._drained(drain_s)
        envoy.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(envoy.ended(), _KILLED_AFTER_S)
        except TimeoutError:
            envoy.signal(signal.SIGKILL)
            await envoy.ended()
        self._log.close_segment()
        self._files.process_file.unlink(missing_ok=True)
        self._say(f"Envoy (process {envoy.pid}) has ended")

    async def _drained(self, drain_s: float) -> None:
        until = self._clock.monotonic_s() + drain_s
        while (left := await self._admin.open_requests()) and not self._at_once.is_set():
            if self._clock.monotonic_s() >= until:
                self._say(f"{left} requests had not ended after {drain_s:g} s and are cut")
                return
            await self._clock.sleep(_LOOK_AT_STREAMS_EVERY_S)
