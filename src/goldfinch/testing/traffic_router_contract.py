"""What every traffic router must do, as tests to inherit: the fake passes it, and so must every adapter of a proxy."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytest

from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.failures import TrafficNotShifted
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.traffic_router import TrafficRouter

CANARY, STABLE = "rel_00000000000000cc", "rel_00000000000000dd"


class TrafficRouterContract(ABC):
    """Inherit, implement the two methods, and let pytest collect the class."""

    @abstractmethod
    def open_router(self) -> TrafficRouter:
        """A router between `CANARY` and `STABLE`, on which nothing was set yet."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until the proxy has had time to take what it was asked for."""

    async def served(self, router: TrafficRouter) -> RouterView:
        """What is served once the proxy has had its time."""
        await self.settle()
        return await router.view()

    async def test_serves_no_canary_before_it_was_asked_to(self) -> None:
        view = await self.open_router().view()
        assert view.canary_percent == 0

    async def test_serves_what_it_was_asked_for_and_says_that_every_proxy_has_it(self) -> None:
        router = self.open_router()
        for percent in (10, 50, 100, 0):
            await router.set_canary_weight(percent, canary=CANARY, stable=STABLE)
            view = await self.served(router)
            assert (view.canary_percent, view.acknowledged, view.foreign_change) == (percent, True, "")

    async def test_asked_twice_it_is_so_once(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        before = await self.served(router)
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        assert await self.served(router) == before

    async def test_weight_0_with_broken_pins_leaves_no_session_on_the_canary(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        await router.set_canary_weight(0, canary=CANARY, stable=STABLE, sessions=SessionsOnRollback.BREAK)
        view = await self.served(router)
        assert view.canary_percent == 0
        assert view.pinned_canary_sessions in (0, None)

    async def test_the_second_path_leads_to_weight_0_too(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        await router.set_canary_weight(0, canary=CANARY, stable=STABLE, second_path=True)
        assert (await self.served(router)).canary_percent == 0

    async def test_a_first_release_has_no_stable_arm(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(100, canary=CANARY, stable=None)
        assert (await self.served(router)).canary_percent == 100

    async def test_who_lost_the_lease_and_wakes_late_moves_nothing(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(0, canary=CANARY, stable=STABLE, fence=3)
        with pytest.raises(TrafficNotShifted):
            await router.set_canary_weight(50, canary=CANARY, stable=STABLE, fence=2)
        assert (await self.served(router)).canary_percent == 0
