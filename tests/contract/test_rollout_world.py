"""The fakes of everything that a controller acts on pass the suites that real adapters must pass."""

from __future__ import annotations

import pytest

from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.interval import Interval
from goldfinch.core.rollout.failures import DeployFailed, RouterUnreachable, TrafficNotShifted
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.deployer_contract import DeployerContract
from goldfinch.testing.evidence_source import ScriptedEvidence, SimulatedTraffic
from goldfinch.testing.evidence_source_contract import FIRST, MINUTE, SINCE, EvidenceSourceContract
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.notifier_contract import NotifierContract
from goldfinch.testing.traffic_router import FakeRouter
from goldfinch.testing.traffic_router_contract import CANARY, STABLE, TrafficRouterContract


class TestFakeRouter(TrafficRouterContract):
    @pytest.fixture(autouse=True)
    def _clock(self) -> None:
        self.clock = FakeClock()

    def open_router(self) -> FakeRouter:
        return FakeRouter(self.clock, lag_s=3.0)

    async def settle(self) -> None:
        await self.clock.sleep(3.0)

    async def test_lags(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        view = await router.view()
        assert (view.canary_percent, view.acknowledged) == (0, False)

    async def test_refuses_and_keeps_what_it_serves(self) -> None:
        router = self.open_router()
        router.refuses = "no"
        with pytest.raises(TrafficNotShifted, match="no"):
            await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        assert (await self.served(router)).canary_percent == 0
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE, second_path=True)
        assert (await self.served(router)).canary_percent == 10

    async def test_drifts_until_it_is_asked_again(self) -> None:
        router = self.open_router()
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        router.drift(40, "argo")
        view = await self.served(router)
        assert (view.canary_percent, view.foreign_change) == (40, "argo set the canary's share to 40 %")
        await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
        assert (await self.served(router)).canary_percent == 10

    async def test_falls_silent(self) -> None:
        router = self.open_router()
        router.unreachable = "gone"
        with pytest.raises(RouterUnreachable):
            await router.view()


class TestFakeDeployer(DeployerContract):
    release = "rel_1"

    @pytest.fixture(autouse=True)
    def _clock(self) -> None:
        self.clock = FakeClock()

    def open_deployer(self) -> FakeDeployer:
        return FakeDeployer(self.clock, ready_after_s=20.0, stage_takes_s=30.0)

    async def settle(self) -> None:
        await self.clock.sleep(30.0)

    async def test_does_not_retire_what_has_requests_in_flight_unless_by_force(self) -> None:
        deployer = self.open_deployer()
        await deployer.deploy("rel_1")
        deployer.in_flight["rel_1"] = 3
        with pytest.raises(DeployFailed, match="3 requests"):
            await deployer.retire("rel_1")
        await deployer.retire("rel_1", force=True)
        assert (await deployer.view("rel_1")).running is False

    async def test_fails_as_it_is_told(self) -> None:
        deployer = self.open_deployer()
        deployer.failing_stages["smoke"] = "500"
        await deployer.run_stage("smoke", "rel_1")
        await self.settle()
        assert (await deployer.stage_result("smoke", "rel_1")).detail == "500"
        deployer.unreachable = "no route to host"
        with pytest.raises(DeployFailed, match="no route"):
            await deployer.view("rel_1")


class TestSimulatedTraffic(EvidenceSourceContract):
    def open_source(self) -> SimulatedTraffic:
        return SimulatedTraffic(sessions_per_s=20.0)

    async def test_an_interval_that_is_cut_in_two_holds_the_same_sessions(self) -> None:
        whole = (await self.open_source().read(FIRST, ())).intervals[0]
        source, halves, cursor = self.open_source(), [], ""
        for until in (SINCE + MINUTE / 2, SINCE + MINUTE):
            question = FIRST.__class__("ro_1", cursor, 0, SINCE, 0.1, until, {})
            reading = await source.read(question, ())
            halves.append(reading.intervals[0])
            cursor = reading.cursor
        assert sum(half.canary_sessions for half in halves) == whole.canary_sessions
        assert sum(half.stable_sessions for half in halves) == whole.stable_sessions


async def test_scripted_evidence_answers_in_the_order_of_its_script() -> None:
    empty = Interval(SINCE, SINCE, 0, 0.1)
    source = ScriptedEvidence([empty, "connection refused", empty])
    first = await source.read(FIRST, ())
    with pytest.raises(MetricsUnavailable, match="refused"):
        await source.read(FIRST.__class__("ro_1", first.cursor, 0, SINCE, 0.1, SINCE + 2 * MINUTE, {}), ())
    later = await source.read(FIRST.__class__("ro_1", first.cursor, 0, SINCE, 0.1, SINCE + 3 * MINUTE, {}), ())
    assert later.intervals[0].start == SINCE + MINUTE
    with pytest.raises(MetricsUnavailable, match="over"):
        await source.read(FIRST.__class__("ro_1", later.cursor, 0, SINCE, 0.1, SINCE + 4 * MINUTE, {}), ())


class TestFakeNotifier(NotifierContract):
    def open_notifier(self) -> FakeNotifier:
        self.notifier = FakeNotifier()
        return self.notifier

    def heard(self) -> list[str]:
        return [f"{rollout} {message.urgency} {message.text}" for rollout, message in self.notifier.told]
