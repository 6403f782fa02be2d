"""What the controller asks of whatever runs releases."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.rollout.evidence import StageResult, TargetView


class Deployer(Protocol):
    """Releases as processes or pods. Every method may be called again, and then changes nothing."""

    async def deploy(self, release: str) -> None:
        """See to it that the release runs; returns before it is ready. Raises `DeployFailed`."""
        ...

    async def retire(self, release: str, *, force: bool = False) -> None:
        """See to it that it does not run. Without `force`, refuses while it has requests in flight: raises `DeployFailed`."""
        ...

    async def make_stable(self, release: str) -> None: ...

    async def named_stable(self) -> str | None:
        """The release that the name `stable` means; None: it was never given."""
        ...

    async def view(self, release: str) -> TargetView: ...

    async def run_stage(self, stage: str, release: str) -> None:
        """Start `smoke` or `migrate` for this release, unless it runs or has run."""
        ...

    async def stage_result(self, stage: str, release: str) -> StageResult: ...
