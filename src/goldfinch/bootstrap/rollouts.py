"""The one composition of what a rollout acts on and is measured by: router, deployer, evidence and notifier (DESIGN, Processes)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from goldfinch.adapters.agents.environment import expand
from goldfinch.adapters.notify.both import EveryNotifier
from goldfinch.adapters.notify.log import LogNotifier
from goldfinch.adapters.notify.webhook import Webhook
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.rollout_folder import rollout_folder
from goldfinch.bootstrap.rollout_plan import environment_of
from goldfinch.bootstrap.seen_router import SeenRouter
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.showing import LiveFacts
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.show_rollout import ShowTools
from goldfinch.ports.notifier import Notifier
from goldfinch.ports.rollout_log import RolloutLog

MakeWorld = Callable[[Rollout], tuple[SeenRouter, Surroundings]]


class Worlds:
    """A `SurroundingsOf` that keeps what it made: a source of measurements has its sessions in memory."""

    def __init__(self, loaded: LoadedSettings, make: MakeWorld) -> None:
        self._loaded, self._make = loaded, make
        self._made: dict[str, tuple[SeenRouter, Surroundings]] = {}

    def __call__(self, rollout: Rollout) -> Surroundings:
        if rollout.id not in self._made:
            self._made[rollout.id] = self._make(rollout)
        return self._made[rollout.id][1]

    def live(self, rollout: Rollout) -> LiveFacts:
        """As the controller of this process saw it last; nobody is asked."""
        made = self._made.get(rollout.id)
        seen = made[0].last if made is not None else None
        drill = last_drill(self._loaded)
        if seen is None:
            return LiveFacts(last_drill=drill)
        return LiveFacts(seen.pinned_canary_sessions, seen.canary_in_flight, drill, seen.canary_percent)


def surroundings_of(loaded: LoadedSettings, store: Store, log: RolloutLog) -> Worlds:
    """What a rollout acts on and is measured by, in the folder of its service and environment. Raises `ConfigurationError`s."""
    notifier, clock = notifier_of(loaded, log), SystemClock()

    def make(rollout: Rollout) -> tuple[SeenRouter, Surroundings]:
        from goldfinch.adapters.envoy.router import EnvoyRouter
        from goldfinch.adapters.live.evidence import LiveEvidence
        from goldfinch.bootstrap.deploying import rollout_deployer
        from goldfinch.bootstrap.proxy import proxy_options
        from goldfinch.bootstrap.recovery import careful

        folder = rollout_folder(loaded, rollout.service, rollout.environment)
        addresses = rollout_deployer(loaded, rollout, store)
        options, drain = proxy_options(loaded.settings.proxy), rollout.plan.session_drain
        router = SeenRouter(EnvoyRouter(folder.proxy, rollout.id, addresses, clock, options=options, session_drain=drain))
        deployer = rollout_deployer(loaded, rollout, store, lambda release: router.in_flight(release, rollout.canary))
        evidence = LiveEvidence(
            folder.access_log,
            folder.notes,
            clock,
            canary=rollout.canary,
            stable=rollout.stable,
            metrics=rollout.plan.health.metrics,
            log=log,
            probes_are_traffic=environment_of(loaded.settings, rollout.environment).traffic == "probes",
        )
        return router, careful(Surroundings(router, deployer, evidence, notifier), rollout, loaded, store, log)

    return Worlds(loaded, make)


def show_tools(loaded: LoadedSettings, store: Store, worlds: Worlds | None = None) -> ShowTools:
    """How rollouts are shown: by a process that drives them with what it sees, by another with what is written."""
    live = worlds.live if worlds is not None else lambda _: LiveFacts(last_drill=last_drill(loaded))
    return ShowTools(store.rollouts, store.releases, SystemClock(), live)


def notifier_of(loaded: LoadedSettings, log: RolloutLog) -> Notifier:
    """The log, and the webhook where there is one. Raises `WebhookRefused`, `ConfigurationError`."""
    serve = loaded.settings.serve
    if serve.webhook is None:
        return LogNotifier(log)
    url = expand(serve.webhook, os.environ, where="serve.webhook")
    return EveryNotifier(LogNotifier(log), Webhook(url, allow_private=serve.allow_private))


def last_drill(loaded: LoadedSettings) -> datetime | None:
    """When the way back was last rehearsed for this service; None: never, or nobody can read when."""
    from goldfinch.bootstrap.recovery import newest_drill

    try:
        drill = newest_drill(loaded)
    except GoldfinchError:
        return None
    return None if drill is None else drill.at
