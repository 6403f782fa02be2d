"""`goldfinch rollback`, put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.desk import URL
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.local_desk import new_rollout_id, refuse_lost_store
from goldfinch.bootstrap.recovery import driver, place
from goldfinch.bootstrap.rollout_plan import TIME_SCALE, plan_of
from goldfinch.core.errors import UsageError
from goldfinch.core.recovery import codes
from goldfinch.core.recovery.outcome import RollbackResult
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.roll_back import RollbackRequest, WayBack, roll_back


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person typed."""

    target: str
    reason: str
    environment: str
    by: str | None = None
    force: bool = False
    within_s: float = 1800.0
    config: Path | None = None


def run_rollback(asked: Asked, say: Callable[[str], None]) -> RollbackResult:
    """Raises `RollbackRefused` (E3801), `UnknownRelease`, `Unsigned`, `StoreRefused`; nothing was moved then."""
    _require_local(asked.target)
    with place(asked.environment, asked.config, asked.by) as here:
        refuse_lost_store(here.loaded, asked.environment, os.environ)
        clock = SystemClock()
        request = RollbackRequest(
            target=asked.target,
            reason=asked.reason,
            by=here.by,
            service=here.service,
            environment=asked.environment,
            plan=plan_of(here.loaded.settings, environment=asked.environment, time_scale=os.environ.get(TIME_SCALE) or None),
            new_id=new_rollout_id(clock),
            force=asked.force,
        )
        drive = driver(here.loaded, here.folder)
        tools = WayBack(here.store.rollouts, here.store.releases, clock, drive, here.probe(), say)

        async def work(stop: StopSignal) -> RollbackResult:  # noqa: ARG001 - a second Ctrl-C cancels; the rollout stays in the store
            return await roll_back(request, tools, within_s=asked.within_s)

        return run_to_end(work)


def _require_local(target: str) -> None:
    """The proof needs the proxy, and the way back the processes: both are on the server's machine."""
    if os.environ.get(URL, "").strip():
        what = f"{URL} is set, and a rollback is proved on the machine of the proxy"
        hint = f"goldfinch rollout abort goes back to the stable release from here; for {target[:60]} run this on the server, without {URL}"
        raise UsageError(what, where=URL, hint=hint, code=codes.REFUSED)
