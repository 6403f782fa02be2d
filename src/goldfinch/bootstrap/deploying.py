"""Wires the local deployer: the settings of `deploy:`, the folder of a rollout, what knows releases."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from goldfinch.adapters.processes.deployer import InFlight, LocalDeployer
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.rollout_folder import RolloutFolder
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.release import Release
from goldfinch.ports.clock import Clock

SMOKE = (sys.executable, "-m", "goldfinch", "smoke", "--endpoint", "{url}", "--allow-private", "--expect-release", "{release}")
"""The smoke test where `deploy.smoke` is absent."""


def local_deployer(
    loaded: LoadedSettings,
    folder: RolloutFolder,
    find: Callable[[str], Release],
    *,
    in_flight: InFlight | None = None,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
    redactor: Redactor | None = None,
) -> LocalDeployer:
    """The one deployer of a service in an environment. `find` is the ledger's; `in_flight` asks the router, absent: nobody knows."""
    return LocalDeployer(
        folder.processes,
        loaded.settings.deploy,
        source=loaded.folder,
        find=find,
        clock=clock or SystemClock(),
        environment=os.environ if environment is None else environment,
        redact=redactor if redactor is not None else str,
        in_flight=in_flight,
        smoke=SMOKE,
    )
