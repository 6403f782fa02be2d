"""The way back on real parts: Envoy, release processes, a controller, users."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.drilling import DrillRequest, Rehearsal, run_drill
from goldfinch.bootstrap.recovery import driver, live_probe
from goldfinch.bootstrap.rollout_plan import plan_of
from goldfinch.bootstrap.store import open_store
from goldfinch.core.recovery.drills import Fault
from goldfinch.core.recovery.outcome import RollbackOutcome, RollbackResult
from goldfinch.core.rollout.state import Phase
from goldfinch.operations.roll_back import RollbackRequest, WayBack, roll_back


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_a_drill_finds_the_fault_proves_the_way_back_and_leaves_a_pack(here: Path) -> None:
    said: list[str] = []
    result, folder = run_drill(DrillRequest(Fault.ERRORS, keep=True, by="ada"), said.append)
    assert result.passed, result.sentence
    assert result.failed_requests == 0
    assert folder is not None
    packs = list(folder.glob(".goldfinch/drill/local/evidence/*/pack.json"))
    assert len(packs) == 1
    facts = json.loads(packs[0].read_text(encoding="utf-8"))
    assert facts["trigger"] in ("fast_path", "error_rate")
    assert facts["failed_requests"]["total"] > 0
    assert facts["failed_requests"]["shown"][0]["status"] == 500
    assert facts["differences"]
    recorded = list(here.glob("mine/.goldfinch/*/local/drills.jsonl"))
    assert json.loads(recorded[0].read_text(encoding="utf-8"))["fault"] == "errors"


def in_a_rehearsal(folder: Path, main: Callable[[Rehearsal], Coroutine[Any, Any, Any]]) -> Any:
    async def work() -> Any:
        async with AsyncExitStack() as stack:
            world = await Rehearsal.begin(folder, Fault.ERRORS, 20.0, stack)
            return await main(world)

    return asyncio.run(work())


async def rolled_back(world: Rehearsal, target: str, said: list[str]) -> RollbackResult:
    """As the command does it, with a store and a controller of its own."""
    with closing(open_store(world.loaded)) as store:
        plan = plan_of(world.loaded.settings, environment="local")
        request = RollbackRequest(target, "rehearsed", "grace", "drill", "local", plan, "ro_20260301T000000Z_00000000")
        probe = live_probe(world.loaded, world.place)
        tools = WayBack(store.rollouts, store.releases, SystemClock(), driver(world.loaded, world.place), probe, said.append)
        return await roll_back(request, tools, within_s=90.0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.1)


def test_a_rollout_under_way_is_taken_back_then_the_release_that_is_stable_too(tmp_path: Path) -> None:
    """First through the abort of the rollout, by the server's controller; then to the other release, by a rollout of its own."""
    said: list[str] = []

    async def main(world: Rehearsal) -> tuple[RollbackResult, RollbackResult, RollbackResult, tuple[int, int], set[str]]:
        await until(lambda: bool(world.store.rollouts.get(world.rollout_id).state.verified_weight_percent))
        first = await rolled_back(world, world.stable, said)
        with pytest.raises(Exception, match="was denied"):
            await rolled_back(world, world.canary, said)
        audit_free = world.store.releases.denial(world.canary)
        assert audit_free is not None
        again = await rolled_back(world, world.stable, said)
        with closing(open_store(world.loaded)) as store:
            plan = plan_of(world.loaded.settings, environment="local")
            request = RollbackRequest(world.canary, "it was not its fault", "grace", "drill", "local", plan, "ro_x", force=True)
            probe = live_probe(world.loaded, world.place)
            tools = WayBack(store.rollouts, store.releases, SystemClock(), driver(world.loaded, world.place), probe, said.append)
            second = await roll_back(request, tools, within_s=90.0)
        deployer = local_deployer(world.loaded, world.place, world.store.releases.find)
        running = {one for one in (world.stable, world.canary) if (await deployer.view(one)).running}
        assert world.store.rollouts.get("ro_x-back").state.phase is Phase.ROLLED_BACK
        assert running == {world.canary}
        return first, again, second, world.requests(), running

    first, again, second, (answered, failed), _ = in_a_rehearsal(tmp_path, main)
    assert first.outcome is again.outcome is second.outcome is RollbackOutcome.DONE, (first, again, second, said)
    assert not first.times.misses()
    assert not second.times.misses()
    assert again.rollouts == ()
    assert answered > 50
    assert failed == 0
