"""The router over a real Envoy does what every router must."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from goldfinch.ports.traffic_router import TrafficRouter
from goldfinch.testing.traffic_router_contract import TrafficRouterContract
from tests.envoy_world import World, world


class TestEnvoyRouter(TrafficRouterContract):
    @pytest_asyncio.fixture(autouse=True)
    async def _proxy(self, tmp_path: Path) -> AsyncIterator[None]:
        async with world(tmp_path) as self.world:
            yield

    world: World

    def open_router(self) -> TrafficRouter:
        return self.world.router()

    async def settle(self) -> None:
        """The router returns when Envoy has taken it."""
