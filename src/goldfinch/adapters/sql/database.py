"""One database: transactions that are all or nothing, and every failure of a driver as an error that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.core.redaction import Redactor

IMMEDIATE = "goldfinch_immediate"
"""Execution option of transactions that write: SQLite takes its lock at their beginning, so that none fails half-way for want of it."""

_DAMAGED = ("malformed", "not a database", "no such table", "no such column", "UndefinedTable", "UndefinedColumn")
_FULL = ("disk is full", "No space left", "DiskFull", "disk I/O error")
_BUSY = ("database is locked", "LockNotAvailable", "lock timeout", "DeadlockDetected", "QueryCanceled")


@dataclass(frozen=True)
class Database:
    """An engine with the name that people know it by: the URL without its password."""

    engine: Engine
    name: str
    redact: Redactor = field(default_factory=Redactor)
    """What free text goes through before it is written."""

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment: what others write meanwhile is not seen."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._answering(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All that is done with the connection, or, where anything is raised, nothing."""
        with self._answering(), self.engine.connect().execution_options(**{IMMEDIATE: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._told(error) from error
        except PoolTimeoutError as error:
            raise StoreUnavailable(f"the store does not answer: {self._line(error)}", where=self.name) from error

    def _told(self, error: DBAPIError) -> StoreUnavailable | StoreDamaged:
        said = f"{type(error.orig).__name__}: {error.orig}"
        line = self._line(error.orig or error)
        if any(word in said for word in _DAMAGED):
            return StoreDamaged(f"the store cannot be read: {line}", where=self.name, hint="restore a backup")
        if any(word in said for word in _FULL):
            return StoreUnavailable(f"the store has no room: {line}", where=self.name, hint="free space; nothing was half-written")
        if any(word in said for word in _BUSY):
            hint = "another process keeps it for too long"
            return StoreUnavailable(f"the store is locked: {line}", where=self.name, hint=hint)
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            return StoreUnavailable(f"the store does not answer: {line}", where=self.name, hint="bring it back; nothing was half-written")
        return StoreUnavailable(f"the store refused it: {line}", where=self.name, hint="nothing was written")

    def _line(self, error: BaseException) -> str:
        return self.redact.line(str(error) or type(error).__name__)
