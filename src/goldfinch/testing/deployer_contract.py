"""What every deployer must do, as tests to inherit: the fake passes it, and so must every adapter of processes or pods."""

from __future__ import annotations

from abc import ABC, abstractmethod

from goldfinch.ports.deployer import Deployer


class DeployerContract(ABC):
    """Inherit, implement the methods, and let pytest collect the class."""

    release: str
    """A release that can be started, and passes its smoke test."""

    @abstractmethod
    def open_deployer(self) -> Deployer:
        """Nothing runs yet."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until a release has had time to become ready, and a stage to end."""

    async def test_what_was_never_started_does_not_run(self) -> None:
        view = await self.open_deployer().view(self.release)
        assert (view.running, view.ready) == (False, False)

    async def test_a_release_that_was_deployed_becomes_ready_and_stays_so_when_it_is_deployed_again(self) -> None:
        deployer = self.open_deployer()
        for _ in range(2):
            await deployer.deploy(self.release)
            await self.settle()
            view = await deployer.view(self.release)
            assert (view.running, view.ready, view.healthy) == (True, True, True)

    async def test_a_release_that_was_retired_does_not_run_and_may_be_retired_again(self) -> None:
        deployer = self.open_deployer()
        await deployer.deploy(self.release)
        await self.settle()
        for _ in range(2):
            await deployer.retire(self.release)
            await self.settle()
            assert (await deployer.view(self.release)).running is False

    async def test_a_release_that_was_retired_can_be_deployed_again(self) -> None:
        deployer = self.open_deployer()
        await deployer.deploy(self.release)
        await deployer.retire(self.release, force=True)
        await deployer.deploy(self.release)
        await self.settle()
        assert (await deployer.view(self.release)).ready

    async def test_the_name_stable_means_what_it_was_given(self) -> None:
        deployer = self.open_deployer()
        assert await deployer.named_stable() is None
        await deployer.deploy(self.release)
        for _ in range(2):
            await deployer.make_stable(self.release)
            assert await deployer.named_stable() == self.release

    async def test_a_stage_runs_once_and_keeps_its_result(self) -> None:
        deployer = self.open_deployer()
        await deployer.deploy(self.release)
        await self.settle()
        assert (await deployer.stage_result("smoke", self.release)).passed is None
        await deployer.run_stage("smoke", self.release)
        await self.settle()
        assert (await deployer.stage_result("smoke", self.release)).passed is True
        await deployer.run_stage("smoke", self.release)
        assert (await deployer.stage_result("smoke", self.release)).passed is True
