"""The local deployer: releases as processes of this machine, which outlive the controller that started them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from goldfinch.adapters.processes import kernel
from goldfinch.adapters.processes.checkouts import Checkouts
from goldfinch.adapters.processes.locks import held, is_held
from goldfinch.adapters.processes.ports import HOST
from goldfinch.adapters.processes.probing import probe_all
from goldfinch.adapters.processes.records import Book, Deployment, make_private, read, write
from goldfinch.adapters.processes.release_files import ReleaseFiles
from goldfinch.adapters.processes.releases import Ground, look_after, start_all, stop_all
from goldfinch.adapters.processes.room import available_mb
from goldfinch.adapters.processes.sockets import is_somebody_elses
from goldfinch.adapters.processes.spawning import Starter
from goldfinch.adapters.processes.stages import MIGRATE, SMOKE, Order, Stage
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.instances import Instance
from goldfinch.core.deploy.migrations import in_words
from goldfinch.core.deploy.viewing import Sight, view_of
from goldfinch.core.deploy.way_back import WayBack, missing, no_room
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.releases.release import Release
from goldfinch.core.rollout.evidence import StageResult, TargetView
from goldfinch.core.rollout.failures import DeployFailed
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_addresses import Address
from goldfinch.settings.deploy import DeploySettings

InFlight = Callable[[str], Awaitable[int | None]]
"""Requests open on a release; None: nobody knows."""
LOCK_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Named:
    """Which release the name `stable` means."""

    release: str


class LocalDeployer:
    """A `Deployer` and `ReleaseAddresses`. Nothing of it is only in memory: what it started is in files under `folder`, and any other
    deployer of the same folder, now or later, sees the same and goes on from there. The only one who acts holds the release's lock.

    `source` is the folder of the settings; `find` knows releases; `environment` is what `${NAME}` and `pass_env` are read from;
    `redact` masks secrets in what is shown of a release's log; `smoke` is the smoke test where the settings have none. `way_back` says
    which release a given one could be rolled back to (None: none, nothing is asked of it; absent: the one that is named stable);
    `forced`, whether a person decided to start it without one; `approved`, whether somebody approved it, so that its migrations may
    take something away.
    """

    def __init__(
        self,
        folder: Path,
        settings: DeploySettings,
        *,
        source: Path,
        find: Callable[[str], Release],
        clock: Clock,
        environment: Mapping[str, str],
        redact: Callable[[str], str] = str,
        in_flight: InFlight | None = None,
        smoke: Sequence[str] = (),
        way_back: Callable[[str], str | None] | None = None,
        forced: Callable[[str], bool] | None = None,
        approved: Callable[[str], bool] | None = None,
    ) -> None:
        self._folder, self._settings, self._source, self._find = folder.resolve(), settings, source.resolve(), find
        self._in_flight = in_flight
        self._smoke, self._way_back = tuple(smoke), way_back or self._way_to_stable
        self._forced, self._approved = forced or _nobody_said, approved or _nobody_said
        self._ground = Ground(self._folder, settings, environment, lambda: clock.utc().timestamp(), redact, Starter())
        checkouts = Checkouts(self._folder / "checkouts", self._source) if settings.checkout else None
        self._files = ReleaseFiles(self._source, checkouts, settings.migrations)
        self._failed: dict[str, dict[str, int]] = {}

    async def deploy(self, release: str) -> None:
        """Starts what is missing, and returns before it is ready. Raises `DeployFailed` (E3201-E3211)."""
        _check_platform()
        book = self._book(release)
        planned = None if _is_wanted(book) else await self._planned(self._find(release))
        await asyncio.to_thread(self._deploy, book, planned)

    async def retire(self, release: str, *, force: bool = False) -> None:
        """Asks every process to end; one that is still there after `stop_within` is killed by the next call, or the next `view`."""
        book = self._book(release)
        if (deployment := book.deployment()) is None:
            return
        if deployment.wanted and not force and self._in_flight and (open_ := await self._in_flight(release)):
            raise DeployFailed(f"{open_} requests are in flight", where=release, code=codes.IN_FLIGHT)
        await asyncio.to_thread(self._retire, book)

    async def make_stable(self, release: str) -> None:
        if await self.named_stable() != self._book(release).release:
            make_private(self._folder)
            await asyncio.to_thread(write, self._stable, Named(release))

    async def named_stable(self) -> str | None:
        named = read(self._stable, Named)
        return None if named is None else named.release

    async def view(self, release: str) -> TargetView:
        """Looks after the processes as well: whoever looks at a release keeps it running."""
        book = self._book(release)
        if book.deployment() is None:
            return TargetView(running=False, ready=False, detail="not running")
        await asyncio.to_thread(self._look_after, book)
        deployment = book.deployment()
        assert deployment is not None  # nosec B101 - a record is replaced, never removed
        sights = await self._sights(book)
        if any(not sight.alive and not sight.detail for sight in sights):  # it ended meanwhile: note how, or that nothing of it is left
            await asyncio.to_thread(self._look_after, book)
            sights = await self._sights(book)
        return view_of(sights, wanted=deployment.wanted, instances=deployment.instances, note=deployment.note)

    async def run_stage(self, stage: str, release: str) -> None:
        """Raises `DeployFailed` (E3206, E3212) where it cannot be started. What must not run has failed, by its result."""
        book = self._book(release)
        deployment = book.deployment()
        if deployment is None:
            raise DeployFailed("it was never deployed here", where=release, code=codes.NO_STAGE)
        run = self._stage(stage, book).run
        order = self._migration(deployment) if stage == MIGRATE else Order(self._settings.smoke or self._smoke, deployment, 0)
        if not order.command:
            raise DeployFailed("there is no command for this stage", where=f"deploy.{stage}", code=codes.NO_STAGE)
        port = next((instance.port for instance in book.instances() if instance.wanted), 0)
        await asyncio.to_thread(run, replace(order, port=port, trusted=stage == SMOKE and not self._settings.smoke))

    async def stage_result(self, stage: str, release: str) -> StageResult:
        return self._stage(stage, self._book(release)).result()

    async def tend(self) -> None:
        """Look after every release: for whoever runs while no rollout does."""
        for release in self.releases():
            await asyncio.to_thread(self._look_after, self._book(release))

    def releases(self) -> tuple[str, ...]:
        """Whatever was ever deployed here and not swept away."""
        return tuple(sorted(path.name for path in self._folder.glob("releases/*") if (path / "release.json").exists()))

    def addresses(self, release: str) -> tuple[Address, ...]:
        """Of the instances that are wanted, in their order."""
        return tuple(Address(HOST, instance.port) for instance in self._book(release).instances() if instance.wanted)

    @property
    def _stable(self) -> Path:
        return self._folder / "stable.json"

    def _book(self, release: str) -> Book:
        return Book(self._folder, release)

    def _deploy(self, book: Book, planned: Deployment | None) -> None:
        book.make()
        with held(book.lock, LOCK_WAIT_S) as lock:
            if lock is None:
                raise _busy(book)
            there = book.deployment()
            if there is not None and there.wanted:
                look_after(self._ground, book, there, lock)
            elif planned is not None:
                for stage in (SMOKE, MIGRATE):
                    self._stage(stage, book).forget()
                start_all(self._ground, book, planned, lock)
        self._files.sweep(self._needed())

    async def _planned(self, known: Release) -> Deployment:
        """Everything that can be known to be in its way is said before anything of it runs."""
        tag = known.tags[0] if known.tags else ""
        planned = Deployment(known.id, True, self._settings.instances, str(self._source), tag, known.git_sha)
        self._ground.check(planned)
        if why := no_room(self._settings.memory_mb, self._settings.instances, available_mb()):
            raise DeployFailed(f"there is no room: {why}", where=known.id, code=codes.NO_ROOM)
        folder = await asyncio.to_thread(self._files.make, known)
        return replace(planned, folder=str(folder), note=await self._checked_way_back(known, folder))

    async def _checked_way_back(self, canary: Release, folder: Path) -> str:
        """What a rollback would miss, where that is allowed. Raises `DeployFailed` (E3210)."""
        stable = self._way_back(canary.id)
        if stable is None or stable == canary.id:
            return ""
        known = self._find(stable)
        there = self._book(stable).deployment()
        taken = self._files.taken_away(folder, None if there is None else Path(there.folder))
        found = missing(WayBack(known, await self.view(stable), self._files.why_gone(known), taken), canary)
        if found and self._settings.way_back == "refuse" and not self._forced(canary.id):
            hint = "bring it back first, or set deploy.way_back: warn"
            raise DeployFailed(
                f"there would be no way back to {stable}: {'; '.join(found)}", where=canary.id, hint=hint, code=codes.WAY_BACK
            )
        return f"no way back to {stable}: {'; '.join(found)}" if found else ""

    def _migration(self, deployment: Deployment) -> Order:
        """What the stable release would miss must have been approved."""
        order = Order(self._settings.migrate, deployment, 0)
        stable = self._way_back(deployment.release)
        if stable is None or stable == deployment.release:
            return order
        there = self._book(stable).deployment()
        taken = self._files.taken_away(Path(deployment.folder), None if there is None else Path(there.folder))
        if taken == ():
            return order
        why = "deploy.migrations names no files that could be checked" if taken is None else in_words(taken)
        if self._approved(deployment.release):
            return replace(order, note=f"rollback = code only: {why}")
        return replace(
            order, refused=f"not run, it is not expand-only ({codes.NOT_EXPAND_ONLY}): {why}; approve the release, or split the migration"
        )

    def _way_to_stable(self, release: str) -> str | None:
        named = read(self._stable, Named)
        return None if named is None or named.release == release else named.release

    def _needed(self) -> frozenset[str]:
        """Commits of everything that runs or is to run, and of what is stable."""
        stable = read(self._stable, Named)
        books = [self._book(release) for release in self.releases()]
        there = [(book, deployment) for book in books if (deployment := book.deployment()) is not None]
        return frozenset(
            deployment.git_sha
            for book, deployment in there
            if deployment.wanted or book.instances() or (stable is not None and stable.release == deployment.release)
        )

    def _stage(self, stage: str, book: Book) -> Stage:
        return Stage(self._ground, book, stage)

    def _retire(self, book: Book) -> None:
        with held(book.lock, LOCK_WAIT_S) as lock:
            if lock is None:
                raise _busy(book)
            deployment = book.deployment()
            if deployment is not None:
                stop_all(self._ground, book, deployment)
                self._stage(SMOKE, book).stop()

    def _look_after(self, book: Book) -> None:
        """Left to the other where somebody else is at it. What fails is shown by the instance, and tried again."""
        with suppress(GoldfinchError), held(book.lock, 0.0) as lock:
            deployment = book.deployment()
            if lock is not None and deployment is not None:
                look_after(self._ground, book, deployment, lock)

    async def _sights(self, book: Book) -> list[Sight]:
        instances = book.instances()
        before = self._failed.get(book.release, {})
        self._failed[book.release] = {i.token: before.get(i.token, 0) for i in instances}
        alive = {i.token: self._seems_alive(book, i) for i in instances}
        asked = [i for i in instances if i.wanted and alive[i.token]]
        said = dict(zip((i.token for i in asked), await probe_all([i.port for i in asked], self._settings.health), strict=True))
        return [self._sight(book, i, alive=alive[i.token], said=said.get(i.token)) for i in instances]

    def _seems_alive(self, book: Book, instance: Instance) -> bool:
        """One that has not said yet who it is counts, as long as somebody is starting it."""
        process = book.process(instance.token)
        return kernel.is_alive(process) if process is not None else is_held(book.lock)

    def _sight(self, book: Book, instance: Instance, *, alive: bool, said: str | None) -> Sight:
        if said == "" and not book.was_ready(instance.token) and self._is_taken(book, instance):
            said = f"another program answers at port {instance.port}"
        ready = said == ""
        failed = self._failed[book.release]
        failed[instance.token] = 0 if ready else failed.get(instance.token, 0) + 1
        if ready and not book.was_ready(instance.token):
            book.note_ready(instance.token)
        return Sight(
            index=instance.index,
            wanted=instance.wanted,
            alive=alive,
            ready=ready,
            was_ready=book.was_ready(instance.token),
            failed=failed[instance.token],
            detail=said or (instance.ended if not alive else ""),
        )

    def _is_taken(self, book: Book, instance: Instance) -> bool:
        return is_somebody_elses(instance.port, kernel.members(book.process(instance.token), instance.token))


def _is_wanted(book: Book) -> bool:
    deployment = book.deployment()
    return deployment is not None and deployment.wanted


def _nobody_said(release: str) -> bool:  # noqa: ARG001
    return False


def _busy(book: Book) -> DeployFailed:
    return DeployFailed("another controller is starting or stopping it", where=book.release, hint="it is tried again", code=codes.BUSY)


def _check_platform() -> None:
    if sys.platform != "linux":
        raise DeployFailed(f"release processes need Linux, not {sys.platform}", where="deploy", code=codes.UNSUPPORTED)
