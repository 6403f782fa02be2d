"""Rollouts in a database: every method one transaction, every change by compare-and-set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from goldfinch.adapters.sql import codec
from goldfinch.adapters.sql import rollout_rows as rows
from goldfinch.adapters.sql.audit import append
from goldfinch.adapters.sql.columns import AnyText
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.inserting import add_new, insert_into
from goldfinch.adapters.sql.tables import ACTIVE, ENDED, WAITING, approvals, decisions, requests, rollouts, sessions
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.audit.failures import StoreDamaged, StoreTooNew
from goldfinch.core.health.events import SessionState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import OperatorRequest
from goldfinch.core.rollout.failures import RolloutUnderWay, StaleWrite, UnknownRollout
from goldfinch.core.rollout.record import Change, Decision, Lease, Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.core.rollout.superseded import superseded

_BATCH = 400
"""Keys in one statement: SQLite and PostgreSQL both bound the number of parameters."""


class SqlRolloutStore:
    """The `RolloutStore` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._redact = database.redact

    def create(self, rollout: Rollout, audit: AuditDraft) -> Rollout:
        with self._database.writing() as connection:
            self._one_at_a_time(connection, f"{rollout.service}\n{rollout.environment}")
            drafts = [audit]
            if rollout.state.phase is Phase.PENDING:
                drafts += self._supersede(connection, rollout, audit)
            with _one_under_way(rollout.service, rollout.environment):
                connection.execute(insert(rollouts).values(rows.rollout_columns(rollout, self._redact)))
            append(connection, drafts, self._redact)
            return _rollout(connection, rollout.id, self._database.name)

    def get(self, rollout_id: str) -> Rollout:
        with self._database.reading() as connection:
            return _rollout(connection, rollout_id, self._database.name)

    def unfinished(self) -> tuple[Rollout, ...]:
        with self._database.reading() as connection:
            found = connection.execute(select(rollouts).where(rollouts.c.standing != ENDED).order_by(rollouts.c.number))
            return tuple(rows.rollout_of(row, self._database.name) for row in found)

    def unfinished_ids(self) -> tuple[str, ...]:
        with self._database.reading() as connection:
            return tuple(connection.scalars(select(rollouts.c.id).where(rollouts.c.standing != ENDED).order_by(rollouts.c.number)))

    def under_way(self, service: str, environment: str) -> str | None:
        query = select(rollouts.c.id).where(rollouts.c.service == service, rollouts.c.environment == environment)
        with self._database.reading() as connection:
            return connection.scalar(query.where(rollouts.c.standing == ACTIVE))

    def latest(self, service: str, environment: str) -> Rollout | None:
        query = select(rollouts).where(rollouts.c.service == service, rollouts.c.environment == environment)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(rollouts.c.number.desc()).limit(1)).one_or_none()
            return None if row is None else rows.rollout_of(row, self._database.name)

    def recent(self, limit: int = 50) -> tuple[Rollout, ...]:
        with self._database.reading() as connection:
            found = connection.execute(select(rollouts).order_by(rollouts.c.number.desc()).limit(limit)).all()
        return tuple(each for row in found if (each := self._readable(row)) is not None)

    def _readable(self, row: Row[Any]) -> Rollout | None:
        with suppress(StoreDamaged, StoreTooNew):
            return rows.rollout_of(row, self._database.name)
        return None

    def take_lease(self, rollout_id: str, owner: str, now: datetime, lasts: timedelta) -> Lease | None:
        expires_at = now + lasts
        with self._database.writing() as connection:
            row = _row(connection, rollout_id, self._database.name, lock=True)
            held = row.lease_owner is not None and row.lease_expires_at > now
            if held and row.lease_owner != owner:
                return None
            fence = row.fence if held else row.fence + 1
            values = {"lease_owner": owner, "lease_expires_at": expires_at, "fence": fence}
            connection.execute(update(rollouts).where(rollouts.c.number == row.number).values(values))
            return Lease(owner, fence, expires_at)

    def give_up_lease(self, rollout_id: str, lease: Lease) -> None:
        mine = and_(rollouts.c.id == rollout_id, rollouts.c.lease_owner == lease.owner, rollouts.c.fence == lease.fence)
        with self._database.writing() as connection:
            _row(connection, rollout_id, self._database.name, lock=True)
            connection.execute(update(rollouts).where(mine).values(lease_owner=None, lease_expires_at=None))

    def commit(self, change: Change) -> Rollout:
        with self._database.writing() as connection:
            self._compare_and_set(connection, change)
            self._finish_requests(connection, change)
            self._save_sessions(connection, change)
            if change.decision is not None:
                columns = rows.decision_columns(change.rollout_id, change.decision, self._redact)
                connection.execute(insert(decisions).values(columns))
            append(connection, change.audit, self._redact)
            return _rollout(connection, change.rollout_id, self._database.name)

    def ask(self, rollout_id: str, request: OperatorRequest, audit: AuditDraft) -> None:
        with self._database.writing() as connection:
            _row(connection, rollout_id, self._database.name)
            columns = rows.request_columns(rollout_id, request, self._redact)
            if add_new(requests, connection, columns):
                append(connection, (audit,), self._redact)

    def open_requests(self, rollout_id: str) -> tuple[OperatorRequest, ...]:
        query = select(requests).where(requests.c.rollout_id == rollout_id, requests.c.done_at.is_(None)).order_by(requests.c.number)
        with self._database.reading() as connection:
            _row(connection, rollout_id, self._database.name)
            return tuple(rows.request_of(row) for row in connection.execute(query))

    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        with self._database.reading() as connection:
            _row(connection, rollout_id, self._database.name)
            found = connection.execute(select(decisions).where(decisions.c.rollout_id == rollout_id).order_by(decisions.c.number))
            return tuple(rows.decision_of(row) for row in found)

    def sessions(self, rollout_id: str) -> Iterable[SessionState]:
        with self._database.reading() as connection:
            _row(connection, rollout_id, self._database.name)
            found = connection.execute(select(sessions).where(sessions.c.rollout_id == rollout_id).order_by(sessions.c.session))
            return tuple(rows.session_of(row) for row in found)

    def approve(self, approval: Approval, audit: AuditDraft) -> None:
        with self._database.writing() as connection:
            columns = rows.approval_columns(approval, self._redact)
            if add_new(approvals, connection, columns):
                append(connection, (audit,), self._redact)

    def approvals(self, release: str, environment: str) -> tuple[Approval, ...]:
        query = select(approvals).where(approvals.c.release == release, approvals.c.environment == environment)
        with self._database.reading() as connection:
            return tuple(rows.approval_of(row) for row in connection.execute(query.order_by(approvals.c.number)))

    def _one_at_a_time(self, connection: Connection, key: str) -> None:
        """PostgreSQL lets writers of other rows go on; who waits for whose place has to be settled one by one."""
        if not self._database.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(literal(key, AnyText), 0))))

    def _supersede(self, connection: Connection, newer: Rollout, audit: AuditDraft) -> list[AuditDraft]:
        waits = and_(rollouts.c.service == newer.service, rollouts.c.environment == newer.environment, rollouts.c.standing == WAITING)
        row = connection.execute(select(rollouts).where(waits).with_for_update()).one_or_none()
        if row is None:
            return []
        ended, decision, draft = superseded(rows.rollout_of(row, self._database.name), newer, audit.actor, audit.at)
        values = {
            "revision": ended.revision,
            "lease_owner": None,
            "lease_expires_at": None,
            **rows.state_columns(ended.state, self._redact),
        }
        _write(connection, row, values)
        connection.execute(insert(decisions).values(rows.decision_columns(ended.id, decision, self._redact)))
        return [draft]

    def _compare_and_set(self, connection: Connection, change: Change) -> None:
        row = _row(connection, change.rollout_id, self._database.name, lock=True)
        if row.revision != change.expected_revision:
            raise _stale(change, f"revision {row.revision} is stored, {change.expected_revision} was read")
        if row.lease_owner is None or row.fence != change.fence:
            raise _stale(change, f"fence {change.fence} is not the lease's any more")
        rows.require_unedited(row, self._database.name)
        values = {
            "health": codec.dump(codec.HEALTH, change.health),
            "cursor": change.cursor,
            "revision": row.revision + 1,
            "observed_at": change.at if row.observed_at is None else max(row.observed_at, change.at),
            **rows.state_columns(change.state, self._redact),
        }
        with _one_under_way(row.service, row.environment):
            _write(connection, row, values)

    def _finish_requests(self, connection: Connection, change: Change) -> None:
        for request_id in dict.fromkeys(change.requests_done):
            this = and_(requests.c.rollout_id == change.rollout_id, requests.c.id == request_id, requests.c.done_at.is_(None))
            if connection.execute(update(requests).where(this).values(done_at=change.at)).rowcount != 1:
                raise _stale(change, f"request {request_id} is not open")

    def _save_sessions(self, connection: Connection, change: Change) -> None:
        if changed := rows.session_columns(change):
            statement = insert_into(sessions, connection)
            fresh = {name: statement.excluded[name] for name in ("arm", "stratum", "begun_s", "last_seen_s", "bad", "measured")}
            connection.execute(statement.on_conflict_do_update(index_elements=["rollout_id", "session"], set_=fresh), changed)
        for start in range(0, len(change.forgotten), _BATCH):
            gone = sessions.c.session.in_(change.forgotten[start : start + _BATCH])
            connection.execute(delete(sessions).where(sessions.c.rollout_id == change.rollout_id, gone))


def _row(connection: Connection, rollout_id: str, store: str, *, lock: bool = False) -> Row[Any]:
    query = select(rollouts).where(rollouts.c.id == rollout_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UnknownRollout(f"no rollout {rollout_id!r}", where=store)
    return row


def _rollout(connection: Connection, rollout_id: str, store: str) -> Rollout:
    return rows.rollout_of(_row(connection, rollout_id, store), store)


def _write(connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    sealed = {**values, "checksum": rows.checksum({**row._asdict(), **values})}
    connection.execute(update(rollouts).where(rollouts.c.number == row.number).values(sealed))


def _stale(change: Change, what: str) -> StaleWrite:
    return StaleWrite(what, where=f"rollout {change.rollout_id}", hint="read it again; nothing was written")


@contextmanager
def _one_under_way(service: str, environment: str) -> Iterator[None]:
    """The database's own rule, in words."""
    try:
        yield
    except IntegrityError as error:
        what = f"a rollout of {service} in {environment} has not ended, or has this id"
        raise RolloutUnderWay(what, hint="wait for it, end it, or let this one wait in its place") from error
