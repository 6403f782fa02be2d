"""A store from its URL: the right engine, the schema up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.migrations import REVISIONS
from goldfinch.adapters.sql.postgres import postgres_engine
from goldfinch.adapters.sql.sqlite import opening_lock, sqlite_engine, use_wal
from goldfinch.adapters.sql.upgrading import upgrade, version_of
from goldfinch.core.audit import codes
from goldfinch.core.audit.failures import StoreNotUsable
from goldfinch.core.redaction import Redactor

_FORMS: Final = "give sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def open_database(url: str, folder: Path, redact: Redactor | None = None, *, make: bool = True) -> Database:
    """Open the store at `url`, upgrade it where it is older, make it where there is none; a relative file starts from `folder`.

    Raises `StoreNotUsable` of a URL that names none, and, without `make`, where none is there; `StoreUnavailable`, `StoreTooNew`.
    """
    parsed = _parsed(url)
    redact = redact or Redactor()
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(folder / str(parsed.database), redact, make=make)
    return _open_postgres(parsed, redact, make=make)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except (ArgumentError, ValueError):
        raise StoreNotUsable("this is no URL of a store", where="store.url", hint=_FORMS) from None
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise StoreNotUsable(f"{parsed.drivername} is no kind of store", where="store.url", hint=_FORMS)
    if parsed.drivername == "sqlite" and (parsed.database in (None, "", ":memory:") or parsed.host or "?" in url):
        raise StoreNotUsable("a SQLite store is a file: three slashes, then its path", where="store.url", hint="give sqlite:///FILE")
    if "@" in (parsed.host or ""):
        # Part of the password would be taken for the host, and shown.
        hint = "write @ in a password as %40, or put the password into an environment variable: ${NAME} is escaped by itself"
        raise StoreNotUsable("the host of this URL holds an @", where="store.url", hint=hint)
    return parsed


def _open_sqlite(path: Path, redact: Redactor, *, make: bool) -> Database:
    if not make and not path.exists():
        raise _no_store(str(path))
    database = Database(sqlite_engine(path), str(path), redact)
    with _closed_on_failure(database):
        if _needs_upgrade(database, make=make):
            with opening_lock(path):
                use_wal(database.engine)
                upgrade(database)
    return database


def _open_postgres(url: URL, redact: Redactor, *, make: bool) -> Database:
    try:
        engine = postgres_engine(url)
    except ImportError as error:
        hint = "pip install 'goldfinch-ci[postgres]'"
        raise StoreNotUsable(f"a PostgreSQL store needs psycopg: {error}", where="store.url", hint=hint, code=codes.EXTRA) from error
    database = Database(engine, _shown(url), redact)
    with _closed_on_failure(database):
        if _needs_upgrade(database, make=make):
            upgrade(database)
    return database


def _needs_upgrade(database: Database, *, make: bool) -> bool:
    version = version_of(database)
    if version is None and not make:
        raise _no_store(database.name)
    return version != REVISIONS[-1]


def _no_store(name: str) -> StoreNotUsable:
    return StoreNotUsable("no store is there yet", where=name, hint="correct `store.url`, or --config", code=codes.ABSENT)


@contextmanager
def _closed_on_failure(database: Database) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


def _shown(url: URL) -> str:
    """Without the password, and without options, one of which may be a password too."""
    host = {"host": url.query["host"]} if "host" in url.query else {}
    return url.set(query=host).render_as_string(hide_password=True)
