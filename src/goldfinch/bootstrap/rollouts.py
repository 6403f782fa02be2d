"""The one composition of what a rollout acts on and is measured by: router, deployer, evidence and notifier (DESIGN, Processes)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from goldfinch.adapters.agents.environment import expand
from goldfinch.adapters.notify.both import EveryNotifier
from goldfinch.adapters.notify.log import LogNotifier
from goldfinch.adapters.notify.webhook import Webhook
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder
from goldfinch.bootstrap.seen_router import SeenRouter
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.showing import LiveFacts
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.show_rollout import ShowTools
from goldfinch.ports.notifier import Notifier
from goldfinch.ports.rollout_log import RolloutLog

if TYPE_CHECKING:
    from goldfinch.adapters.processes.deployer import InFlight, LocalDeployer

MakeWorld = Callable[[Rollout], Surroundings]


@dataclass(slots=True)
class _World:
    surroundings: Surroundings
    router: SeenRouter


class Worlds:
    """A `SurroundingsOf` that keeps what it made: a source of measurements has its sessions in memory."""

    def __init__(self, loaded: LoadedSettings, make: MakeWorld) -> None:
        self._loaded, self._make = loaded, make
        self._made: dict[str, _World] = {}

    def __call__(self, rollout: Rollout) -> Surroundings:
        if rollout.id not in self._made:
            made = self._make(rollout)
            router = SeenRouter(made.router)
            self._made[rollout.id] = _World(Surroundings(router, made.deployer, made.evidence, made.notifier), router)
        return self._made[rollout.id].surroundings

    def live(self, rollout: Rollout) -> LiveFacts:
        """As the controller of this process saw it last; nobody is asked."""
        made = self._made.get(rollout.id)
        seen = made.router.last if made is not None else None
        drill = last_drill(self._loaded, rollout)
        if seen is None:
            return LiveFacts(last_drill=drill)
        return LiveFacts(seen.pinned_canary_sessions, seen.canary_in_flight, drill, seen.canary_percent)


def surroundings_of(loaded: LoadedSettings, store: Store, log: RolloutLog) -> Worlds:
    """What a rollout acts on and is measured by, in the folder of its service and environment. Raises `ConfigurationError`s."""
    notifier, clock = notifier_of(loaded, log), SystemClock()

    def make(rollout: Rollout) -> Surroundings:
        from goldfinch.adapters.envoy.router import EnvoyRouter
        from goldfinch.adapters.live.evidence import LiveEvidence

        folder = rollout_folder(loaded, rollout.service, rollout.environment)
        deployer = deployer_of(loaded, store, folder)
        evidence = LiveEvidence(
            folder.access_log,
            folder.notes,
            clock,
            canary=rollout.canary,
            stable=rollout.stable,
            metrics=rollout.plan.health.metrics,
            log=log,
        )
        router = EnvoyRouter(
            folder.proxy,
            rollout.id,
            deployer,
            clock,
            options=proxy_options(loaded.settings.proxy),
            session_drain=rollout.plan.session_drain,
        )
        return Surroundings(router, deployer, evidence, notifier)

    return Worlds(loaded, make)


def deployer_of(loaded: LoadedSettings, store: Store, folder: RolloutFolder, in_flight: InFlight | None = None) -> LocalDeployer:
    """Releases as processes of this machine, in the folder of one service and environment."""
    from goldfinch.bootstrap.deploying import local_deployer

    return local_deployer(loaded, folder, store.releases.find, in_flight=in_flight, redactor=store.redact)


def show_tools(loaded: LoadedSettings, store: Store, worlds: Worlds | None = None) -> ShowTools:
    """How rollouts are shown: by a process that drives them with what it sees, by another with what is written."""
    live = worlds.live if worlds is not None else lambda rollout: LiveFacts(last_drill=last_drill(loaded, rollout))
    return ShowTools(store.rollouts, store.releases, SystemClock(), live)


def notifier_of(loaded: LoadedSettings, log: RolloutLog) -> Notifier:
    """The log, and the webhook where there is one. Raises `WebhookRefused`, `ConfigurationError`."""
    serve = loaded.settings.serve
    if serve.webhook is None:
        return LogNotifier(log)
    url = expand(serve.webhook, os.environ, where="serve.webhook")
    return EveryNotifier(LogNotifier(log), Webhook(url, allow_private=serve.allow_private))


def last_drill(loaded: LoadedSettings, rollout: Rollout) -> datetime | None:
    """When the way back was last rehearsed in this environment."""
    return _last_time(rollout_folder(loaded, rollout.service, rollout.environment).drills)


def _last_time(path: Path) -> datetime | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return datetime.fromisoformat(json.loads(lines[-1])["at"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
