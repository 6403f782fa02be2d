"""The fakes, SQLite and PostgreSQL pass the same suites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.releases import SqlReleaseLedger
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.testing.audit_log import InMemoryAuditLog
from goldfinch.testing.audit_log_contract import AuditLogContract
from goldfinch.testing.release_ledger import InMemoryReleaseLedger
from goldfinch.testing.release_ledger_contract import ReleaseLedgerContract
from goldfinch.testing.rollout_store import InMemoryRolloutStore
from goldfinch.testing.rollout_store_contract import RolloutStoreContract


class InDatabase:
    """The three ports over `self.database`."""

    database: Database

    def open_log(self) -> SqlAuditLog:
        return SqlAuditLog(self.database)

    def open_ledger(self) -> tuple[SqlReleaseLedger, SqlAuditLog]:
        return SqlReleaseLedger(self.database), SqlAuditLog(self.database)

    def open_store(self) -> tuple[SqlRolloutStore, SqlAuditLog]:
        return SqlRolloutStore(self.database), SqlAuditLog(self.database)


class InSqlite(InDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, tmp_path: Path) -> Iterator[None]:
        self.database = open_database("sqlite:///store/goldfinch.db", tmp_path)
        yield
        self.database.close()


class InPostgres(InDatabase):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self.database = open_database(postgres_url, Path())
        yield
        self.database.close()


class TestRolloutsInMemory(RolloutStoreContract):
    def open_store(self) -> tuple[InMemoryRolloutStore, InMemoryAuditLog]:
        store = InMemoryRolloutStore()
        return store, store.audit


class TestRolloutsInSqlite(InSqlite, RolloutStoreContract):
    pass


class TestRolloutsInPostgres(InPostgres, RolloutStoreContract):
    pass


class TestReleasesInMemory(ReleaseLedgerContract):
    def open_ledger(self) -> tuple[InMemoryReleaseLedger, InMemoryAuditLog]:
        ledger = InMemoryReleaseLedger()
        return ledger, ledger.audit


class TestReleasesInSqlite(InSqlite, ReleaseLedgerContract):
    pass


class TestReleasesInPostgres(InPostgres, ReleaseLedgerContract):
    pass


class TestAuditInMemory(AuditLogContract):
    def open_log(self) -> InMemoryAuditLog:
        return InMemoryAuditLog()


class TestAuditInSqlite(InSqlite, AuditLogContract):
    pass


class TestAuditInPostgres(InPostgres, AuditLogContract):
    pass
