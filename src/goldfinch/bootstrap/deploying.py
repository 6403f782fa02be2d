"""Wires the local deployer: the settings of `deploy:`, the folder of a rollout, what knows releases and approvals."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from goldfinch.adapters.processes.deployer import InFlight, LocalDeployer
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.rollout_folder import RolloutFolder, rollout_folder
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.deploy.filling import variables_of
from goldfinch.core.releases.approvals import standing
from goldfinch.core.releases.release import Release
from goldfinch.core.rollout.record import Rollout
from goldfinch.operations.roll_out.admitting import bound


def rollout_deployer(loaded: LoadedSettings, rollout: Rollout, store: Store, in_flight: InFlight | None = None) -> LocalDeployer:
    """For one rollout: the way back from its canary is its stable release.

    `in_flight` asks the router; None: nobody knows what is in flight, and releases stop when the state machine says that they are drained.
    """

    def way_back(release: str) -> str | None:
        return rollout.stable if release == rollout.canary else None

    def forced(release: str) -> bool:
        return release == rollout.canary and bool(store.rollouts.get(rollout.id).state.forced_by)

    def approved(release: str) -> bool:
        said = store.rollouts.approvals(release, rollout.environment)
        return release == rollout.canary and standing(said, bound(rollout, store.releases), SystemClock().utc()).approved is True

    folder = rollout_folder(loaded, rollout.service, rollout.environment)
    return local_deployer(loaded, folder, store.releases.find, in_flight=in_flight, way_back=way_back, forced=forced, approved=approved)


def local_deployer(
    loaded: LoadedSettings,
    folder: RolloutFolder,
    find: Callable[[str], Release],
    *,
    in_flight: InFlight | None = None,
    way_back: Callable[[str], str | None] | None = None,
    forced: Callable[[str], bool] | None = None,
    approved: Callable[[str], bool] | None = None,
) -> LocalDeployer:
    """The deployer of a service in an environment, also outside a rollout: to read addresses, or to keep running what runs (`tend`)."""
    deploy = loaded.settings.deploy
    return LocalDeployer(
        folder.processes,
        deploy,
        source=loaded.folder,
        find=find,
        clock=SystemClock(),
        environment=os.environ,
        redact=redactor_for(also=variables_of(deploy.env.values())),
        in_flight=in_flight,
        smoke=smoke_command(loaded, folder),
        way_back=way_back,
        forced=forced,
        approved=approved,
    )


def smoke_command(loaded: LoadedSettings, folder: RolloutFolder) -> tuple[str, ...]:
    """`goldfinch smoke` against the release that was just started here."""
    config = ("--config", str(loaded.file.resolve())) if loaded.file is not None else ()
    return (
        sys.executable,
        "-m",
        "goldfinch",
        "smoke",
        "--endpoint",
        "{url}",
        "--environment",
        folder.root.name,
        "--allow-private",
        *config,
    )
