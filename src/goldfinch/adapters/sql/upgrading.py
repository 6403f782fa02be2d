"""Brings the schema of a store up to date when it is opened: one process at a time, all steps in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table, text

from goldfinch.adapters.sql import migrations
from goldfinch.adapters.sql.database import Database
from goldfinch.core.audit.failures import StoreTooNew

_ADVISORY_LOCK: Final = 7_310_586_019_001
"""Of PostgreSQL: any number that nobody else takes."""


def version_of(database: Database) -> str | None:
    """The last step that was run; None: nothing is there yet. Raises `StoreTooNew` where a newer Goldfinch has upgraded the store."""
    with database.reading() as connection:
        return _version(connection, database.name)


def upgrade(database: Database) -> None:
    """Run the steps that are missing. Where anything fails, the store is as it was. Raises `StoreTooNew`, `StoreUnavailable`."""
    with database.writing() as connection, _alone(connection, database):
        if _version(connection, database.name) != migrations.REVISIONS[-1]:
            _run_steps(connection)


@contextmanager
def _alone(connection: Connection, database: Database) -> Iterator[None]:
    """SQLite's transaction has the lock already; PostgreSQL gets one that ends with the transaction."""
    if not database.is_sqlite:
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    yield


def _version(connection: Connection, name: str) -> str | None:
    """None: nothing is there yet."""
    if not inspect(connection).has_table(migrations.VERSION_TABLE):
        return None
    version: str | None = connection.scalar(select(column("version_num")).select_from(table(migrations.VERSION_TABLE)))
    if version is not None and version not in migrations.REVISIONS:
        what = f"the store is of schema {version}, this Goldfinch knows {migrations.REVISIONS[-1]}"
        raise StoreTooNew(what, where=name, hint="install the newer Goldfinch here too")
    return version


def _run_steps(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
