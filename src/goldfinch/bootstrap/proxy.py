"""`goldfinch proxy`: the supervisor of Envoy for one service in one environment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.rollout_folder import rollout_folder, service_of
from goldfinch.bootstrap.rollout_plan import environment_of
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.proxy.failures import ProxyRefused
from goldfinch.core.proxy.options import ListenAddress, ProxyOptions, listen_address
from goldfinch.core.rollout.durations import duration
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.settings.proxy import ProxySettings

_TIMES = ("idle_timeout", "first_byte_timeout", "request_timeout", "dead_man", "drain")


def proxy_options(settings: ProxySettings, listen: str | None = None) -> ProxyOptions:
    """`listen`: before that of the settings. Raises `ProxyRefused` (E3106), `ConfigurationError`."""
    times: dict[str, Any] = {name: _time(name, text) for name in _TIMES if (text := getattr(settings, name)) is not None}
    return ProxyOptions(
        _address(settings.listen if listen is None else listen, "proxy.listen" if listen is None else "--listen"),
        max_connections=settings.max_connections,
        concurrency=settings.concurrency,
        log_segment_bytes=settings.access_log_mb * 2**20,
        log_segments=settings.access_log_files,
        **times,
    )


def run_proxy(*, environment: str, listen: str | None, config: Path | None, say: Callable[[str], None]) -> None:
    """Until SIGTERM or Ctrl-C. Raises `ProxyRefused`, `ProxyBroken`, `ConfigurationError`."""
    from goldfinch.adapters.envoy.supervisor import ProxySupervisor
    from goldfinch.adapters.system import SystemClock

    loaded = load_settings(config)
    environment_of(loaded.settings, environment)
    folder = rollout_folder(loaded, service_of(loaded), environment)
    options = proxy_options(loaded.settings.proxy, listen)

    async def work(stop: StopSignal) -> None:
        supervisor = ProxySupervisor(folder.proxy, folder.access_log, options, SystemClock(), say)
        stop.tell(supervisor.stop)
        urgent = asyncio.ensure_future(stop.wait_urgent())
        urgent.add_done_callback(lambda _: supervisor.stop())
        try:
            await supervisor.run()
        finally:
            urgent.cancel()

    run_to_end(work)


def _time(name: str, text: str) -> timedelta:
    """Of no length, Envoy would take it for no limit at all."""
    if not (length := duration(text)):
        raise ConfigurationError(f"{text!r} is no time", where=f"proxy.{name}", hint="at least 1s")
    return length


def _address(text: str, where: str) -> ListenAddress:
    try:
        return listen_address(text)
    except ValueError as error:
        raise ProxyRefused(str(error), where=where) from None
