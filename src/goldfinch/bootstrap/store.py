"""Wires the store: opened lazily, with the one line that says what is missing where it cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from goldfinch.adapters.agents.environment import expand, variables_in
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.audit import codes
from goldfinch.core.audit.failures import StoreNotUsable
from goldfinch.core.redaction import Redactor
from goldfinch.ports.audit_log import AuditLog
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore

if TYPE_CHECKING:
    from goldfinch.adapters.sql.database import Database

_EXTRA = frozenset({"sqlalchemy", "alembic"})


@dataclass(frozen=True, slots=True)
class Store:
    """One database behind three ports. `name` is its URL without the password, or its file."""

    rollouts: RolloutStore
    releases: ReleaseLedger
    audit: AuditLog
    name: str
    redact: Redactor
    database: Database

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()


def open_store(loaded: LoadedSettings, *, environment: Mapping[str, str] | None = None, make: bool = True) -> Store:
    """Open the store of the settings, upgrade it where it is older; `make` it where there is none.

    Raises `StoreNotUsable` (a library that is missing, a URL that names no store), `StoreUnavailable`, `StoreTooNew`.
    """
    environment = os.environ if environment is None else environment
    written = loaded.settings.store.url
    url = expand(written, _quoted_for(written, environment), where="store.url")
    secret = [*variables_in(written), *variables_in(loaded.settings.serve.webhook or "")]
    redact = redactor_for(loaded.settings.agent, environment, secret)
    with _extra_installed():
        from goldfinch.adapters.sql.audit import SqlAuditLog
        from goldfinch.adapters.sql.opening import open_database
        from goldfinch.adapters.sql.releases import SqlReleaseLedger
        from goldfinch.adapters.sql.rollouts import SqlRolloutStore

        database = open_database(url, loaded.folder, redact, make=make)
    return Store(
        SqlRolloutStore(database), SqlReleaseLedger(database), SqlAuditLog(database), name=database.name, redact=redact, database=database
    )


def _quoted_for(written: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """A password may hold `@` or `/`, which mean something in a URL; a variable that is the whole URL is taken as it is."""
    names = variables_in(written)
    whole = len(names) == 1 and written.strip() == f"${{{names[0]}}}"
    return environment if whole else {name: quote(environment.get(name, ""), safe="") for name in names}


@contextmanager
def _extra_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        hint = "pip install 'goldfinch-ci[rollout]'"
        raise StoreNotUsable(f"the store needs {error.name}, which is not installed", hint=hint, code=codes.EXTRA) from error
