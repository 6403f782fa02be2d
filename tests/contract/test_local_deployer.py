"""The deployer of local processes passes the suite that every deployer must pass, on real processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.testing.deployer_contract import DeployerContract
from tests.release_processes import machine_at


class TestLocalDeployer(DeployerContract):
    @pytest.fixture(autouse=True)
    def _machine(self, tmp_path: Path) -> Iterator[None]:
        for self.machine in machine_at(tmp_path):
            self.release = self.machine.add()
            yield

    def open_deployer(self) -> LocalDeployer:
        self.deployer = self.machine.deployer(smoke=[sys.executable, "-S", "-c", "pass"])
        return self.deployer

    async def settle(self) -> None:
        for _ in range(500):
            view = await self.deployer.view(self.release)
            stage = await self.deployer.stage_result("smoke", self.release)
            if (view.ready or not view.running) and stage.detail != "running":
                return
            await asyncio.sleep(0.02)
