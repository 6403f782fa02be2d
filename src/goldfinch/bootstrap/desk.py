"""Which desk a command goes to: the server of GOLDFINCH_URL where it is set, else the store of the settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from goldfinch.adapters.git_worktree import user_of
from goldfinch.bootstrap.local_desk import local_desk
from goldfinch.bootstrap.rollout_folder import service_of
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.errors import UsageError
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.ports.rollout_desk import RolloutDesk

URL = "GOLDFINCH_URL"
TOKEN = "GOLDFINCH_TOKEN"  # noqa: S105  # nosec B105 - the name of a variable


@contextmanager
def opened_desk(loaded: LoadedSettings, variables: Mapping[str, str] | None = None) -> Iterator[RolloutDesk]:
    """Closed at the end. Raises `ServerRefused` (E3604), and what `open_store` raises."""
    desk = remote_desk(loaded, variables) or _local(loaded)
    try:
        yield desk
    finally:
        desk.close()


def remote_desk(loaded: LoadedSettings, variables: Mapping[str, str] | None = None) -> RolloutDesk | None:
    """None where GOLDFINCH_URL is not set."""
    variables = os.environ if variables is None else variables
    if not (url := variables.get(URL, "").strip()):
        return None
    from goldfinch.adapters.remote.client import ApiClient
    from goldfinch.adapters.remote.desk import RemoteDesk

    return RemoteDesk(ApiClient(url, variables.get(TOKEN, "").strip()), service_of(loaded))


def _local(loaded: LoadedSettings) -> RolloutDesk:
    from goldfinch.bootstrap.rollouts import show_tools

    store = open_store(loaded)
    return local_desk(loaded, store, show_tools(loaded, store))


def show_rollout(rollout: str | None, environment: str, config: Path | None = None) -> RolloutOverview:
    """Where it stands; None: the one under way in the environment, else the latest there."""
    with opened_desk(load_settings(config)) as desk:
        return desk.overview(desk.named(rollout, environment))


def decisions_of(rollout: str | None, environment: str, config: Path | None = None) -> tuple[str, tuple[Decision, ...]]:
    """The id of the rollout, and all that was decided about it."""
    with opened_desk(load_settings(config)) as desk:
        found = desk.named(rollout, environment)
        return found, desk.decisions(found)


def ask(rollout: str | None, environment: str, verb: Verb, *, by: str | None, reason: str, config: Path | None = None) -> Rollout:
    """Keep a person's request; the rollout as it stands."""
    loaded = load_settings(config)
    with opened_desk(loaded) as desk:
        return desk.ask(desk.named(rollout, environment), verb, by=name_of(loaded, by), reason=reason)


def retry(rollout: str | None, environment: str, *, by: str | None, reason: str, force: bool, config: Path | None = None) -> Rollout:
    """One that goes back is tried again at once; of one that has ended a new one is started."""
    loaded = load_settings(config)
    with opened_desk(loaded) as desk:
        found, name = desk.named(rollout, environment), name_of(loaded, by)
        if desk.overview(found).next_action:  # it has not ended
            if force:
                hint = "leave it out"
                raise UsageError(f"--force is for a rollout that has ended, and {found} has not", hint=hint, code="E3614")
            return desk.ask(found, Verb.RETRY, by=name, reason=reason)
        return desk.start_again(found, by=name, reason=reason, force=force)


def name_of(loaded: LoadedSettings, by: str | None) -> str:
    """Who does this: as said, else the account in CI, else git's user.name; empty: nobody knows."""
    return by or user_of(loaded.folder) or ""
