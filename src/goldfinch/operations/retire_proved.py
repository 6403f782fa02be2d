"""No release is stopped that still answers users: the live proof of P3, made by whoever stops it, whoever asked for it."""

from __future__ import annotations

from typing import Final

from goldfinch.core.recovery.failures import NoLiveAnswer
from goldfinch.core.rollout.evidence import StageResult, TargetView
from goldfinch.core.rollout.failures import DeployFailed
from goldfinch.ports.deployer import Deployer
from goldfinch.ports.live_probe import LiveProbe

LOOKS: Final = 4
"""Live requests before a release is stopped. The share that it is to get was read back from the proxy before."""


class RetireProved:
    """A deployer that asks who answers before it retires; everything else is the other's.

    A proxy that does not answer serves nobody, so it holds up nothing; `force` is the last resort and asks nobody.
    """

    def __init__(self, deployer: Deployer, probe: LiveProbe, rollout_id: str) -> None:
        self._deployer = deployer
        self._probe = probe
        self._rollout_id = rollout_id

    async def retire(self, release: str, *, force: bool = False) -> None:
        """Raises `DeployFailed` where it still answers."""
        if not force and await self._answers(release):
            raise DeployFailed("it still answers live requests, whatever the proxy's configuration says", where=release)
        await self._deployer.retire(release, force=force)

    async def _answers(self, release: str) -> bool:
        if not (await self._deployer.view(release)).running:
            return False
        try:
            for _ in range(LOOKS):
                if (await self._probe.ask(self._rollout_id)).release == release:
                    return True
        except NoLiveAnswer:
            return False
        return False

    async def deploy(self, release: str) -> None:
        await self._deployer.deploy(release)

    async def make_stable(self, release: str) -> None:
        await self._deployer.make_stable(release)

    async def named_stable(self) -> str | None:
        return await self._deployer.named_stable()

    async def view(self, release: str) -> TargetView:
        return await self._deployer.view(release)

    async def run_stage(self, stage: str, release: str) -> None:
        await self._deployer.run_stage(stage, release)

    async def stage_result(self, stage: str, release: str) -> StageResult:
        return await self._deployer.stage_result(stage, release)
