"""The specification's commands R47 to R50, word for word, on real parts: one record from 10 % to the stable release."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import closing
from pathlib import Path

import pytest

from goldfinch.adapters.envoy.router import EnvoyRouter
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap import drilling
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.echo_load import EchoLoad
from goldfinch.bootstrap.proxy import proxy_options
from goldfinch.bootstrap.rollout_folder import rollout_folder
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.recovery.drills import Fault
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.testing.echo_agent import CHAT
from goldfinch.testing.rollout_store import sample_rollout
from tests.reference_agent import EXAMPLE

COMMANDS = (
    ("canary_deploy.py --environment production --version echo-2 --percentage 10", 0),
    ("canary_deploy.py --environment production --version echo-2 --percentage 50", 3),
    ("monitor_canary.py --environment production --duration 1800 --baseline-version --canary-version echo-2", 0),
    ("canary_deploy.py --environment production --version echo-2 --percentage 50", 0),
    ("monitor_canary.py --environment production --duration 1800", 0),
    ("canary_deploy.py --environment production --version echo-2 --percentage 100", 0),
    ("validate_deployment.py --environment production --version echo-2 --no-smoke", 0),
)
"""With the exit code of each; the second comes too early, and says so."""


@pytest.mark.long
def test_each_command_takes_its_step_of_one_record(tmp_path: Path) -> None:
    drilling._written(tmp_path)
    file = tmp_path / "goldfinch.yaml"
    settings = json.loads(file.read_text(encoding="utf-8"))
    metric = {"kind": "count", "guard": 1.05, "design_factor": 50}
    settings["rollout"] = {"environments": {"production": {"kind": "local"}}, "health": {"metrics": {"error_rate": metric}}}
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert asyncio.run(flow(file)) == [code for _, code in COMMANDS]


async def flow(file: Path) -> list[int | None]:
    """The stable release serves behind the proxy, users come, and one command follows the other."""
    loaded = load_settings(file)
    place = rollout_folder(loaded, "drill", "production")
    with closing(open_store(loaded)) as store:
        old, new = drilling._release(store, 1), drilling._release(store, 2)
        row = sample_rollout("ro_past", service="drill", canary=old, stable=None, state=RolloutState(Phase.SUCCEEDED))
        store.rollouts.create(row, AuditDraft(row.created_at, "ada", "rollout.create", "rollout:ro_past"))
        proxy = await command(file, "-m", "goldfinch", "proxy", "--environment", "production")
        deployer = local_deployer(loaded, place, store.releases.find)
        load = EchoLoad(f"http://{loaded.settings.proxy.listen}{CHAT}", place.notes, 25.0, new, Fault.ERRORS)
        try:
            await deployer.deploy(old)
            router = EnvoyRouter(place.proxy, "ro_past", deployer, SystemClock(), options=proxy_options(loaded.settings.proxy))
            while not (await deployer.view(old)).ready or not await asked(router, new, old):
                await asyncio.sleep(0.1)
            load.begin()
            return [await (await command(file, *f"{EXAMPLE}/scripts/{line}".split())).wait() for line, _ in COMMANDS]
        finally:
            await load.end()
            for release in (old, new):
                await deployer.retire(release, force=True)
            proxy.terminate()
            await proxy.wait()


async def asked(router: EnvoyRouter, canary: str, stable: str) -> bool:
    try:
        await router.set_canary_weight(0, canary=canary, stable=stable)
    except GoldfinchError:
        return False
    return True


async def command(file: Path, *words: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "GOLDFINCH_TIME_SCALE": "90", "GOLDFINCH_URL": "", "CI": ""}
    null = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(sys.executable, *words, "--config", str(file), env=environment, stdout=null, stderr=null)
