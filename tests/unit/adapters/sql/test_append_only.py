"""The database itself refuses to change the audit log, other than at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.opening import open_database
from goldfinch.core.audit.chain import verify
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.audit.failures import StoreUnavailable

FORBIDDEN = [
    "UPDATE goldfinch_audit SET entry = 'x' WHERE sequence = 2",
    "UPDATE goldfinch_audit SET sequence = 9 WHERE sequence = 2",
    "DELETE FROM goldfinch_audit WHERE sequence = 2",
    "DELETE FROM goldfinch_audit",
    "UPDATE goldfinch_audit_head SET sequence = 2",
    "UPDATE goldfinch_audit_head SET sequence = 4, hash = 'x'",
    "UPDATE goldfinch_audit_head SET hash = 'x'",
    "DELETE FROM goldfinch_audit_head",
    "INSERT INTO goldfinch_audit_head VALUES (2, 9, 'x')",
    "INSERT INTO goldfinch_audit VALUES (5, 'x', 'y', 'z')",
    "INSERT INTO goldfinch_audit VALUES (4, 'x', 'y', 'z')",
]


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = "sqlite:///goldfinch.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = open_database(url, tmp_path)
    log = SqlAuditLog(database)
    for number in range(3):
        log.append(AuditDraft(datetime(2026, 1, 1, tzinfo=UTC), "ada", "rollout.promote", f"rollout:{number}"))
    yield database
    database.close()


def assert_refused(database: Database, statement: str) -> None:
    with pytest.raises(StoreUnavailable, match="append-only"), database.writing() as connection:
        connection.execute(sa.text(statement))
    with SqlAuditLog(database).snapshot() as snapshot:
        assert verify(snapshot.lines, snapshot.head).lines == 3


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_refuses_every_change_but_a_next_line(database: Database, statement: str) -> None:
    assert_refused(database, statement)


def test_refuses_what_one_database_alone_can_do(database: Database) -> None:
    if database.is_sqlite:
        assert_refused(database, "INSERT OR REPLACE INTO goldfinch_audit SELECT sequence, 'x', prev_hash, hash FROM goldfinch_audit")
    else:
        assert_refused(database, "TRUNCATE goldfinch_audit")
        assert_refused(database, "TRUNCATE goldfinch_audit_head")
