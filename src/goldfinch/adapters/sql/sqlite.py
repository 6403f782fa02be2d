"""SQLite: one file, readable by its owner, several processes at once, and what was committed survives a power loss.

Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html; transactions as SQLAlchemy's page on SQLite has them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from goldfinch.adapters.sql.database import IMMEDIATE
from goldfinch.core.audit.failures import StoreUnavailable

BUSY_S = 5.0
"""How long one writer waits for another; a transaction takes milliseconds."""


def sqlite_engine(path: Path) -> Engine:
    """The engine of the file `path`, which is made with its folder where it is not there. Raises `StoreUnavailable`."""
    _make(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), creator=partial(_connect, path))
    event.listen(engine, "connect", partial(_prepare, path))
    event.listen(engine, "checkout", partial(_require_same_file, path))
    event.listen(engine, "begin", _begin)
    return engine


def use_wal(engine: Engine) -> None:
    """Readers and one writer do not wait for each other. The file remembers it. Raises `StoreUnavailable`."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the store does not answer: {error}", where=str(engine.url.database)) from error
    finally:
        connection.close()


@contextmanager
def opening_lock(path: Path) -> Iterator[None]:
    """One process at a time makes or upgrades the store; the others wait. The lock ends with its process."""
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """SQLite gives its other files the mode of this one.

    One that is there is never opened here: closing it would drop every lock that this process holds on it (POSIX), another process would
    take itself for the last one and remove the log that this one still writes to, and the store would be damaged. Source:
    https://www.sqlite.org/howtocorrupt.html, 2.2.
    """
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _keep_out_of_git(path.parent)
        if not path.exists():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        elif path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        elif not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unusable(path, error) from error


def _keep_out_of_git(folder: Path) -> None:
    """A folder of our own is no part of anybody's repository."""
    with suppress(FileExistsError), open(folder / ".gitignore", "x", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
        file.write("*\n")


def _unusable(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"cannot open the store: {error.strerror or error}", where=str(path), hint="correct `store.url`")


def _connect(path: Path) -> sqlite3.Connection:
    """Without `mode=rw` SQLite would put an empty file where the store was taken away."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_S, check_same_thread=False)


def _prepare(path: Path, connection: Any, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver would begin transactions late, and only before some statements
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    record.info["file"] = _identity(path)


def _require_same_file(path: Path, _connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """A file that was deleted or replaced can still be written to by who has it open, and all of it is lost."""
    if _identity(path) != record.info["file"]:
        raise DisconnectionError(f"{path} is another file, or gone")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
