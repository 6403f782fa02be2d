"""Releases that the local deployer runs, behind a real Envoy: whatever happens to their processes, callers are answered."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from goldfinch.adapters.envoy.router import EnvoyRouter
from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.adapters.system import SystemClock
from goldfinch.core.rollout.failures import DeployFailed
from tests.envoy_world import World, world
from tests.release_processes import Machine, machine_at, running, until, until_ready


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    yield from machine_at(tmp_path / "machine")


@pytest_asyncio.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "proxy").mkdir()
    async with world(tmp_path / "proxy") as it:
        yield it


def router_of(proxy: World, deployer: LocalDeployer) -> EnvoyRouter:
    return EnvoyRouter(proxy.proxy_folder, "ro_1", deployer, SystemClock(), options=proxy.options)


async def up(deployer: LocalDeployer, *releases: str) -> None:
    for release in releases:
        await deployer.deploy(release)
    for release in releases:
        await until_ready(deployer, release)


class Load:
    """Callers that never stop asking, and what they were answered."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.releases: Counter[str] = Counter()


@asynccontextmanager
async def load(proxy: World, callers: int = 4) -> AsyncIterator[Load]:
    seen, over = Load(), asyncio.Event()

    async def ask() -> None:
        client = proxy.client()
        while not over.is_set():
            reply = await client.ask()
            seen.statuses[reply.status] += 1
            seen.releases[reply.body.decode().split(" ")[0]] += 1
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(ask()) for _ in range(callers)]
    try:
        yield seen
    finally:
        over.set()
        await asyncio.gather(*tasks)


async def at_least(seen: Load, more: int) -> None:
    """Until so many more were answered."""
    wanted = seen.statuses.total() + more
    async with asyncio.timeout(30):
        while seen.statuses.total() < wanted:
            await asyncio.sleep(0.01)


async def test_a_rollout_and_the_end_of_the_old_release_lose_no_request(proxy: World, machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer(instances=2)
    router = router_of(proxy, deployer)
    await up(deployer, stable, canary)
    await router.set_canary_weight(0, canary=canary, stable=stable)
    async with load(proxy) as seen:
        for percent in (10, 50, 100):
            await router.set_canary_weight(percent, canary=canary, stable=stable)
            await at_least(seen, 100)
        await deployer.make_stable(canary)
        await deployer.retire(stable)
        await until(deployer, stable, lambda view: not view.running)
        await at_least(seen, 100)
    assert set(seen.statuses) == {200}
    assert seen.releases.keys() == {stable, canary}
    assert running(stable) == []


async def test_a_rollback_and_the_end_of_the_canary_lose_no_request(proxy: World, machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer()
    router = router_of(proxy, deployer)
    await up(deployer, stable, canary)
    await router.set_canary_weight(50, canary=canary, stable=stable)
    async with load(proxy) as seen:
        await at_least(seen, 100)
        await router.set_canary_weight(0, canary=canary, stable=stable)
        async with asyncio.timeout(30):
            while (await router.view()).canary_in_flight:
                await asyncio.sleep(0.02)
        await deployer.retire(canary)
        await until(deployer, canary, lambda view: not view.running)
        before = seen.releases[canary]
        await at_least(seen, 100)
        assert seen.releases[canary] == before
    assert set(seen.statuses) == {200}


async def test_an_instance_that_was_started_again_is_found_without_a_new_split(proxy: World, machine: Machine) -> None:
    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer()
    router = router_of(proxy, deployer)
    await up(deployer, stable, canary)
    await router.set_canary_weight(100, canary=canary, stable=stable)
    assert (await proxy.client().ask()).body.decode().startswith(canary)
    os.kill(machine.pids(canary)[0], signal.SIGKILL)
    await until(deployer, canary, lambda view: not view.healthy)
    assert (await proxy.client().ask()).status == 503
    machine.clock.set_wall(timedelta(seconds=2))
    await until_ready(deployer, canary)
    async with asyncio.timeout(30):
        while (await proxy.client().ask()).status != 200:
            await asyncio.sleep(0.05)


async def test_a_canary_with_requests_in_flight_by_the_routers_own_count_is_not_stopped(proxy: World, machine: Machine) -> None:
    async def in_flight(release: str) -> int | None:
        return (await router.view()).canary_in_flight if release == canary else None

    stable, canary = machine.add(), machine.add()
    deployer = machine.deployer(in_flight=in_flight)
    router = router_of(proxy, deployer)
    await up(deployer, stable, canary)
    await router.set_canary_weight(100, canary=canary, stable=stable)
    held = asyncio.ensure_future(proxy.client().ask("/held"))
    async with asyncio.timeout(30):
        while not (await router.view()).canary_in_flight:
            await asyncio.sleep(0.02)
    with pytest.raises(DeployFailed, match="1 requests are in flight"):
        await deployer.retire(canary)
    os.kill(machine.pids(canary)[0], signal.SIGUSR1)
    assert (await held).status == 200
    async with asyncio.timeout(30):
        while (await router.view()).canary_in_flight:
            await asyncio.sleep(0.02)
    await deployer.retire(canary)
    await until(deployer, canary, lambda view: not view.running)
