"""A full disk, a lock that is kept, rows that were edited: one clear line, and nothing half-written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from goldfinch.adapters.sql.audit import SqlAuditLog
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.opening import open_database
from goldfinch.adapters.sql.rollouts import SqlRolloutStore
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.core.redaction import Redactor
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.failures import StaleWrite
from goldfinch.core.rollout.record import Change, Decision, Lease
from goldfinch.testing.rollout_store import sample_rollout

AT = datetime(2026, 1, 1, tzinfo=UTC)


def audit(action: str = "rollout.create") -> AuditDraft:
    return AuditDraft(AT, "ada", action, "rollout:ro_1")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database("sqlite:///goldfinch.db", tmp_path)
    yield database
    database.close()


@pytest.fixture
def lease(database: Database) -> Lease:
    store = SqlRolloutStore(database)
    store.create(sample_rollout(), audit())
    lease = store.take_lease("ro_1", "a", AT, timedelta(minutes=1))
    assert lease is not None
    return lease


def change(lease: Lease, revision: int, **fields: Any) -> Change:
    rollout = sample_rollout()
    return Change("ro_1", revision, lease.fence, AT, rollout.state, {"n": revision}, "", **fields)


def fill(store: SqlRolloutStore, lease: Lease) -> None:
    for revision in range(1000):
        decision = Decision(AT, "a", "b", "x" * 2000)
        store.commit(change(lease, revision, decision=decision, audit=(audit("rollout.check"),)))


def test_a_full_disk_refuses_a_change_as_a_whole(database: Database, lease: Lease) -> None:
    store = SqlRolloutStore(database)

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 20}")

    database.close()
    sa.event.listen(database.engine, "connect", limit)
    with pytest.raises(StoreUnavailable, match="the store has no room: database or disk is full; free space"):
        fill(store, lease)
    written = store.get("ro_1").revision
    assert written > 5
    assert len(store.decisions("ro_1")) == written
    assert SqlAuditLog(database).head().sequence == written + 1
    sa.event.remove(database.engine, "connect", limit)
    database.close()
    assert store.commit(change(lease, written, decision=Decision(AT, "a", "b", "x" * 2000))).revision == written + 1


def test_a_lock_that_another_process_keeps_is_waited_for_and_then_named(
    tmp_path: Path, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldfinch.adapters.sql.sqlite.BUSY_S", 0.01)
    impatient = open_database("sqlite:///goldfinch.db", tmp_path)
    other = sqlite3.connect(tmp_path / "goldfinch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="the store is locked: database is locked; another process keeps it for too long"):
        SqlRolloutStore(impatient).commit(change(lease, 0))
    assert SqlRolloutStore(impatient).get("ro_1").revision == 0
    other.execute("ROLLBACK")
    other.close()
    assert SqlRolloutStore(impatient).commit(change(lease, 0)).revision == 1
    impatient.close()


def test_a_file_that_is_gone_for_a_while_is_missed_and_found_again(tmp_path: Path) -> None:
    database = open_database("sqlite:///here #%/goldfinch.db", tmp_path)
    store = SqlRolloutStore(database)
    store.create(sample_rollout(), audit())
    lease = store.take_lease("ro_1", "a", AT, timedelta(minutes=1))
    assert lease is not None
    (tmp_path / "here #%").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="the store does not answer: unable to open database file"):
            store.commit(change(lease, 0))
    (tmp_path / "away").rename(tmp_path / "here #%")
    assert store.commit(change(lease, 0)).revision == 1
    database.close()


def test_a_file_that_was_replaced_is_the_store_from_then_on(tmp_path: Path, database: Database, lease: Lease) -> None:
    store = SqlRolloutStore(database)
    copy = sqlite3.connect(tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "goldfinch.db") as now:
        now.backup(copy)
    now.close()
    copy.close()
    assert store.commit(change(lease, 0)).revision == 1
    for left in ("goldfinch.db", "goldfinch.db-wal", "goldfinch.db-shm"):
        (tmp_path / left).unlink()
    with pytest.raises(StoreUnavailable, match="unable to open database file"):
        store.commit(change(lease, 1))
    assert not (tmp_path / "goldfinch.db").exists()
    (tmp_path / "copy.db").rename(tmp_path / "goldfinch.db")
    with pytest.raises(StaleWrite):
        store.commit(change(lease, 1))
    assert store.commit(change(lease, 0)).revision == 1


def test_an_audit_line_that_cannot_be_written_takes_the_change_with_it(database: Database, lease: Lease) -> None:
    store = SqlRolloutStore(database)
    bad = replace(audit(), detail={"x": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        store.commit(change(lease, 0, decision=Decision(AT, "a", "b", "c"), audit=(audit(), bad)))
    assert store.get("ro_1").revision == 0
    assert store.decisions("ro_1") == ()
    assert SqlAuditLog(database).head().sequence == 1


@pytest.mark.parametrize(
    "edit",
    [
        "state = replace(state, '\"weight_percent\":0', '\"weight_percent\":100')",
        "plan = replace(plan, '\"weight_percent\":10', '\"weight_percent\":50')",
        "state = '{'",
        "health = 'x'",
        "phase = 'Succeeded'",
        "revision = revision + 1",
        "canary = 'rel_evil'",
        "stable = NULL",
    ],
)
def test_a_row_that_was_edited_by_hand_is_named_and_not_written_over(database: Database, lease: Lease, edit: str) -> None:
    before = stored(database)
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE goldfinch_rollouts SET {edit}")
    edited = stored(database)
    assert edited != before
    store = SqlRolloutStore(database)
    words = r"goldfinch\.db: the row of rollout ro_1 was edited by hand"
    for call in (store.unfinished, lambda: store.get("ro_1"), lambda: store.latest("agent", "production")):
        with pytest.raises(StoreDamaged, match=words):
            call()
    with pytest.raises((StoreDamaged, StaleWrite)):
        store.commit(change(lease, 0))
    assert stored(database) == edited


def stored(database: Database) -> list[object]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM goldfinch_rollouts")]


def test_a_table_that_is_gone_is_named(database: Database, lease: Lease) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE goldfinch_sessions")
    with pytest.raises(StoreDamaged, match="the store cannot be read: no such table: goldfinch_sessions; restore a backup"):
        list(SqlRolloutStore(database).sessions("ro_1"))


def test_no_secret_is_written(tmp_path: Path) -> None:
    secret = "correct horse battery staple"
    database = open_database("sqlite:///secret.db", tmp_path, Redactor([secret]))
    store = SqlRolloutStore(database)
    rollout = sample_rollout(created_by=secret)
    store.create(rollout, replace(audit(), actor=secret, subject=secret, detail={secret: [secret]}))
    lease = store.take_lease("ro_1", "a", AT, timedelta(minutes=1))
    assert lease is not None
    store.ask("ro_1", OperatorRequest("r", Verb.ABORT, secret, AT, secret), audit())
    decision = Decision(AT, "a", "b", f"it said {secret}", secret, commands=(secret,))
    state = replace(rollout.state, reason=f"Bearer {secret}")
    store.commit(replace(change(lease, 0, decision=decision), state=state))
    assert store.get("ro_1").state.reason == "Bearer [redacted]"
    database.close()
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
