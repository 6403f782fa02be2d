"""Wires the probe sessions of one service and environment, for whoever runs its controller."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from goldfinch.adapters.agents.probe_target import HttpProbeTarget
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.probe_service import ProbeService, probe_cases, probe_metrics, probe_service, turn_timeout_s
from goldfinch.bootstrap.rollout_folder import RolloutFolder
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.health.metrics import Arm
from goldfinch.core.probes import codes
from goldfinch.core.probes.probed import ProbedRollout, probed
from goldfinch.core.rollout.arms import ARM_HEADER, PROBE_HEADER, arm_token
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.doors import reachable
from goldfinch.operations.probe_sessions import ProbeSessions, ProbeTerms
from goldfinch.ports.live_notes import LiveNotes


def probe_sessions(
    loaded: LoadedSettings,
    folder: RolloutFolder,
    *,
    current: Callable[[], Rollout | None],
    notes: LiveNotes,
    say: Callable[[str], None],
    proxy_url: str | None = None,
) -> ProbeSessions | None:
    """None where the settings name no dataset for probes. `current` reads the rollout under way; it is called from a thread of its own.

    Raises `ConfigurationError`, `UsageError` and `DatasetError` at once, before a rollout begins that nobody would probe.
    """
    settings = loaded.settings.live.probes
    if settings.dataset is None:
        return None
    service, url = probe_service(loaded), proxy_url or f"http://{reachable(loaded.settings.proxy.listen)}"
    key = folder.proxy_key

    async def rollout() -> ProbedRollout | None:
        return probed(await asyncio.to_thread(current))

    return ProbeSessions(
        probe_cases(loaded),
        probe_metrics(loaded),
        ProbeTerms(settings.per_minute, turn_timeout_s(loaded)),
        rollout=rollout,
        open_target=lambda of, arm: _target(service, url, key, of, arm),
        notes=notes,
        clock=SystemClock(),
        new_id=lambda: secrets.token_hex(8),
        say=say,
    )


def _target(service: ProbeService, url: str, key: Path, of: ProbedRollout, arm: Arm) -> HttpProbeTarget:
    """The arm behind the proxy on this machine: private by nature."""
    try:
        secret = key.read_bytes()
    except OSError as error:
        raise InfrastructureError(f"no key of the proxy: {error.strerror}", where=str(key), code=codes.NO_KEY) from None
    headers = {PROBE_HEADER: arm_token(secret, of.rollout_id, "probe"), ARM_HEADER: arm_token(secret, of.rollout_id, arm)}
    return service.at(url, headers=headers, allow_private=True, proxied=True)
