"""The deployer of local processes passes the suite that every deployer must pass, on real processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from goldfinch.adapters.processes import kernel
from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.adapters.system import SystemClock
from goldfinch.core.releases.release import Release
from goldfinch.settings.deploy import DeploySettings
from goldfinch.testing.deployer_contract import DeployerContract

AGENT = Path(__file__).parents[1] / "echo_agent.py"


def release(name: str) -> Release:
    return Release(name, "sha256:" + "0" * 64, (), datetime(2026, 3, 1, tzinfo=UTC), "test")


class TestLocalDeployer(DeployerContract):
    release = "rel_0123456789abcdef"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        self.deployer: LocalDeployer | None = None
        yield
        for path in tmp_path.glob("processes/releases/*/p-*.json"):
            kernel.kill_all(None, path.stem.removeprefix("p-"))

    def open_deployer(self) -> LocalDeployer:
        settings = DeploySettings(
            command=[sys.executable, "-S", str(AGENT), "{port}"], checkout=False, smoke=[sys.executable, "-c", "pass"], stop_within="2s"
        )
        self.deployer = LocalDeployer(
            self.folder / "processes", settings, source=self.folder, find=release, clock=SystemClock(), environment=os.environ
        )
        return self.deployer

    async def settle(self) -> None:
        assert self.deployer is not None
        for _ in range(200):
            view = await self.deployer.view(self.release)
            stage = await self.deployer.stage_result("smoke", self.release)
            if (view.ready or not view.running) and stage.detail != "running":
                return
            await asyncio.sleep(0.02)
