"""`goldfinch validate`, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.deploying import local_deployer
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.recovery import Place, driver, place
from goldfinch.core.recovery.validation import Validation
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.doors import reachable
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.monitor import RolloutTools, RolloutWatch, monitor_rollout
from goldfinch.operations.validate import ValidationTools, validate


@dataclass(frozen=True, slots=True)
class ValidateRequest:
    """What a person typed. `wait`: for the end of a rollout that is under way at 100 %."""

    version: str
    environment: str
    endpoint: str | None = None
    smoke: bool = True
    wait: bool = False
    by: str | None = None
    config: Path | None = None


def run_validate(request: ValidateRequest, say: Callable[[str], None]) -> Validation:
    """Raises `UnknownRelease`, `ConfigurationError`, and what the store raises."""
    with place(request.environment, request.config, request.by) as here:
        if request.wait:
            _finish(here, say)
        deployer = local_deployer(here.loaded, here.folder, here.store.releases.find) if here.loaded.settings.deploy.command else None
        smoke = _smoke(request, here) if request.smoke else None
        tools = ValidationTools(here.store.rollouts, here.store.releases, here.probe(), deployer, smoke)

        async def work(stop: StopSignal) -> Validation:  # noqa: ARG001 - a few questions
            return await validate(request.version, here.service, here.environment, tools)

        return run_to_end(work)


def _finish(here: Place, say: Callable[[str], None]) -> None:
    """Watch what is left of 100 %, so that the old release is not retired before its time, nor left running."""
    under_way = here.store.rollouts.under_way(here.service, here.environment)
    if under_way is None or not _at_100(here.store.rollouts.get(under_way)):
        return
    tools = RolloutTools(here.store.rollouts, here.store.releases, SystemClock(), driver(here.loaded, here.folder), say)
    watch = RolloutWatch(under_way, 0.0, here.by or "validate", roll_back=False, to_the_end=True)

    async def work(stop: StopSignal) -> None:  # noqa: ARG001 - the rollout stays as it is
        await monitor_rollout(watch, tools)

    run_to_end(work)


def _at_100(rollout: Rollout) -> bool:
    return rollout.state.verified_weight_percent == 100


def _smoke(request: ValidateRequest, here: Place) -> Callable[[], Awaitable[tuple[bool | None, str]]]:
    from goldfinch.bootstrap.smoke import SmokeRequest, run_smoke
    from goldfinch.core.probes.smoke import exit_code

    own = request.endpoint is None
    endpoint = request.endpoint or f"http://{reachable(here.loaded.settings.proxy.listen)}"
    asked = SmokeRequest(endpoint, request.environment, request.config, allow_private=own)

    def ask() -> tuple[bool | None, str]:
        report, _ = run_smoke(asked)
        code = int(exit_code(report.verdict))
        failed = [check.name for check in report.checks if not check.passed]
        words = f"{len(report.checks)} checks passed" if not failed else f"failed: {', '.join(failed)}"
        return {0: True, 1: False}.get(code), words

    async def smoke() -> tuple[bool | None, str]:
        return await asyncio.to_thread(ask)

    return smoke
