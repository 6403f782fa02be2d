"""Releases that run on this machine, rollout or not: seen, and stopped by a person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.rollout_folder import rollout_folder, service_of
from goldfinch.bootstrap.rollout_plan import environment_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import Store, open_store
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.stopping import why_not
from goldfinch.core.errors import UsageError
from goldfinch.core.rollout.evidence import TargetView
from goldfinch.core.rollout.failures import DeployFailed
from goldfinch.ports.release_addresses import Address

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class RunningRelease:
    """One release that was started in an environment and not stopped, or not yet."""

    release: str
    tags: tuple[str, ...]
    is_stable: bool
    """The name `stable` means it: users get it."""
    view: TargetView
    addresses: tuple[Address, ...]


def running_releases(environment: str, config: Path | None = None) -> tuple[RunningRelease, ...]:
    """By id. Whoever looks at releases keeps them running: one that had died is started again."""
    loaded = load_settings(config)
    store = open_store(loaded)
    try:
        return asyncio.run(_running(_deployer(loaded, store, environment), store))
    finally:
        store.close()


def stop_releases(name: str | None, environment: str, config: Path | None = None, *, force: bool = False) -> tuple[str, ...]:
    """Stop one, by any of its names; None: all. The ids that ran and do not any more.

    Without `force` nothing is stopped that users get or a rollout works with: raises `UsageError` (E3215). `DeployFailed` where one does
    not end.
    """
    loaded = load_settings(config)
    store = open_store(loaded)
    try:
        deployer = _deployer(loaded, store, environment)
        wanted = None if name is None else store.releases.find(name).id
        return asyncio.run(_stop(deployer, store, (service_of(loaded), environment), wanted, force=force))
    finally:
        store.close()


def _deployer(loaded: LoadedSettings, store: Store, environment: str) -> LocalDeployer:
    environment_of(loaded.settings, environment)
    return local_deployer(loaded, rollout_folder(loaded, service_of(loaded), environment), store.releases.find)


async def _running(deployer: LocalDeployer, store: Store) -> tuple[RunningRelease, ...]:
    stable = await deployer.named_stable()
    found = []
    for release in deployer.releases():
        view = await deployer.view(release)
        if view.running:
            tags = store.releases.find(release).tags
            found.append(RunningRelease(release, tags, release == stable, view, deployer.addresses(release)))
    return tuple(found)


async def _stop(deployer: LocalDeployer, store: Store, place: tuple[str, str], wanted: str | None, *, force: bool) -> tuple[str, ...]:
    running = [release for release in deployer.releases() if (await deployer.view(release)).running]
    chosen = running if wanted is None else [release for release in running if release == wanted]
    under_way = store.rollouts.under_way(*place)
    rollout = None if under_way is None else store.rollouts.get(under_way)
    stable = await deployer.named_stable()
    if not force and (refusals := [words for release in chosen if (words := why_not(release, stable, rollout))]):
        raise UsageError("; ".join(refusals), hint="--force stops it all the same", code=codes.IN_USE)
    for release in chosen:
        await deployer.retire(release, force=True)
    for release in chosen:
        await _gone(deployer, release)
    return tuple(chosen)


async def _gone(deployer: LocalDeployer, release: str) -> None:
    """Each look kills what did not end in time (`deploy.stop_within`)."""
    clock = SystemClock()
    until_s = clock.monotonic_s() + deployer.stop_within_s + 10.0
    while (view := await deployer.view(release)).running:
        if clock.monotonic_s() > until_s:
            raise DeployFailed(f"it does not end: {view.detail}", where=release, code=codes.BUSY)
        await clock.sleep(_LOOK_S)
