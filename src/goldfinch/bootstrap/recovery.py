"""Wires the way back: live requests, evidence packs, the controller that drives a rollout here or somewhere else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from goldfinch.adapters.files.pack_folder import PackFolders
from goldfinch.adapters.recovery.access_requests import AccessExamples
from goldfinch.adapters.recovery.drill_file import last_drill
from goldfinch.adapters.recovery.live_probe import HttpLiveProbe
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.desk import name_of
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder, service_of
from goldfinch.bootstrap.rollout_plan import environment_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import Store, open_store
from goldfinch.core.recovery.drills import LastDrill, overdue
from goldfinch.core.recovery.failures import DrillsUnreadable
from goldfinch.core.recovery.pack import CanaryAnswer
from goldfinch.core.recovery.way_back import SUFFIX
from goldfinch.core.redaction import Redactor
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.doors import reachable
from goldfinch.operations.asked_router import AskedRouter
from goldfinch.operations.evidence_pack import PackingNotifier, PackTools, write_missing
from goldfinch.operations.retire_proved import RetireProved
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.ports.rollout_log import RolloutLog

if TYPE_CHECKING:
    from goldfinch.ports.live_probe import LiveProbe

LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """One service in one environment, with an open store."""

    loaded: LoadedSettings
    store: Store
    service: str
    environment: str
    folder: RolloutFolder
    by: str

    def latest_id(self) -> str:
        """Of the rollout under way, else the latest: whose tokens the proxy takes."""
        under_way = self.store.rollouts.under_way(self.service, self.environment)
        latest = None if under_way else self.store.rollouts.latest(self.service, self.environment)
        return under_way or (latest.id if latest else "")

    def probe(self) -> HttpLiveProbe:
        return live_probe(self.loaded, self.folder, latest=self.latest_id)


@contextmanager
def place(environment: str, config: Path | None, by: str | None = None) -> Iterator[Place]:
    """Raises `ConfigurationError`, and what `open_store` raises."""
    loaded = load_settings(config)
    environment_of(loaded.settings, environment)
    service = service_of(loaded)
    folder = rollout_folder(loaded, service, environment)
    store = open_store(loaded)
    try:
        yield Place(loaded, store, service, environment, folder, name_of(loaded, by))
    finally:
        store.close()


def live_probe(loaded: LoadedSettings, folder: RolloutFolder, *, latest: Callable[[], str] = str) -> HttpLiveProbe:
    """Through the proxy's own door, by the health path."""
    url = f"http://{reachable(loaded.settings.proxy.listen)}{loaded.settings.deploy.health}"
    return HttpLiveProbe(url, folder.proxy_key, latest=latest)


def careful(
    world: Surroundings,
    rollout: Rollout,
    loaded: LoadedSettings,
    store: Store,
    log: RolloutLog,
    *,
    answers: Callable[[Rollout], tuple[CanaryAnswer, ...]] | None = None,
) -> Surroundings:
    """A rollout's surroundings with what every rollback needs: nothing that answers users is stopped, and a pack is left behind.

    For `surroundings_of`: the last thing that it does with what it made.
    """
    folder = rollout_folder(loaded, rollout.service, rollout.environment)
    probe: LiveProbe = live_probe(loaded, folder)
    deployer = RetireProved(world.deployer, probe, rollout.id)
    packs = pack_tools(folder, store, answers=answers or partial(waiting_answers, folder))
    router = AskedRouter(world.router) if rollout.id.endswith(SUFFIX) else world.router
    return Surroundings(router, deployer, world.evidence, PackingNotifier(world.notifier, packs, log))


def pack_tools(
    folder: RolloutFolder,
    store: Store,
    *,
    answers: Callable[[Rollout], tuple[CanaryAnswer, ...]] = lambda rollout: (),  # noqa: ARG005
) -> PackTools:
    """Where packs are read from and written to."""
    redact: Redactor = store.redact
    return PackTools(store.rollouts, store.releases, AccessExamples(folder.access_log, answers), PackFolders(folder.packs), redact)


def write_missing_packs(loaded: LoadedSettings, store: Store, log: RolloutLog) -> None:
    """Of the latest rollback of each environment, whose controller may have been killed before it wrote the pack. What fails is a line."""
    for environment in loaded.settings.rollout.environments:
        folder = rollout_folder(loaded, service_of(loaded), environment)
        tools = pack_tools(folder, store, answers=partial(waiting_answers, folder))
        write_missing(tools, service_of(loaded), environment, log)


def waiting_answers(folder: RolloutFolder, rollout: Rollout) -> tuple[CanaryAnswer, ...]:
    """Answers of the canary that nobody has scored yet: redacted when they were sampled."""
    from goldfinch.adapters.live.answer_queue import AnswerQueue
    from goldfinch.core.recovery.pack import MOST_EXAMPLES

    if not folder.answers.is_dir():
        return ()
    queue = AnswerQueue(folder.answers, SystemClock())
    try:
        found = queue.take(10 * MOST_EXAMPLES)
    finally:
        queue.close()
    return tuple(
        CanaryAnswer(one.id, one.session, one.question, one.answer, facts=one.facts) for one in found if one.release == rollout.canary
    )


def driver(loaded: LoadedSettings, folder: RolloutFolder) -> Callable[[str], Awaitable[None]]:
    """Drives one rollout in this process until it has ended; where another controller holds its lease, it waits and takes over.

    Each time with an engine of its own: it has a thread and connections.
    """

    async def drive(rollout_id: str) -> None:
        from goldfinch.bootstrap.serving import Engine

        with _log(folder) as log:
            engine = Engine(loaded, log)
            with engine.driving(engine.store.rollouts.get(rollout_id)):
                while engine.is_driving:  # noqa: ASYNC110 - its thread has no event of this loop
                    await asyncio.sleep(LOOK_S)
            if (error := engine.failed()) is not None:
                raise error

    return drive


@contextmanager
def _log(folder: RolloutFolder) -> Iterator[TextIO]:
    """The controller's own lines go beside those of every other controller of the place: the terminal is for the result."""
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder.root / "controller.jsonl"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as stream:
        yield stream


def drill_warning(loaded: LoadedSettings, environment: str, now: datetime | None = None) -> str:
    """Why `rollout start` warns in production: the way back was not rehearsed within 30 days; empty: no reason to."""
    if environment != "production":
        return ""
    try:
        return overdue(newest_drill(loaded), now or SystemClock().utc())
    except DrillsUnreadable as error:
        return str(error)


def newest_drill(loaded: LoadedSettings) -> LastDrill | None:
    """In any environment of the service: drills are held where nobody is hurt. Raises `DrillsUnreadable` (E3804)."""
    root = rollout_folder(loaded, service_of(loaded), "production").root.parent
    found = [drill for path in sorted(root.glob("*/drills.jsonl")) if (drill := last_drill(path)) is not None]
    return max(found, key=lambda drill: drill.at, default=None)
