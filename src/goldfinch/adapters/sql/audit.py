"""The audit log: lines are chained and written in the transaction of what they record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection, Row, insert, select, update

from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.tables import audit, audit_head
from goldfinch.core.audit.chain import GENESIS, AuditLine, Head, chained, entry_of
from goldfinch.core.audit.entry import AuditDraft, AuditEntry
from goldfinch.core.audit.failures import StoreDamaged
from goldfinch.core.redaction import Redactor
from goldfinch.ports.audit_log import AuditSnapshot

_PAGE = 500


class SqlAuditLog:
    """The `AuditLog` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, draft: AuditDraft) -> AuditEntry:
        with self._database.writing() as connection:
            lines = append(connection, (draft,), self._database.redact)
        return entry_of(lines[0])

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        while page := self._page(after):
            for line in page:
                yield self._read(line)
            after = page[-1].sequence

    @contextmanager
    def snapshot(self) -> Iterator[AuditSnapshot]:
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=_PAGE).execute(select(audit).order_by(audit.c.sequence))
            yield AuditSnapshot(_head(connection), (_line(row) for row in rows))

    def head(self) -> Head:
        with self._database.reading() as connection:
            return _head(connection) or Head(0, GENESIS)

    def _page(self, after: int) -> list[AuditLine]:
        with self._database.reading() as connection:
            found = connection.execute(select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence).limit(_PAGE))
            return [_line(row) for row in found]

    def _read(self, line: AuditLine) -> AuditEntry:
        try:
            return entry_of(line)
        except ValueError as error:
            hint = "`goldfinch audit verify` says what was done to the log"
            raise StoreDamaged(f"row {line.sequence} of the audit log: {error}", where=self._database.name, hint=hint) from error


def append(connection: Connection, drafts: Iterable[AuditDraft], redact: Redactor) -> list[AuditLine]:
    """Chain `drafts` to the log, as the last act of a transaction: from here on, other writers of the log wait for its end."""
    drafts = tuple(drafts)
    head = _head(connection, lock=True) if drafts else None
    lines = []
    for draft in drafts:
        if head is None:
            raise StoreDamaged("the head of the audit log is gone", hint="`goldfinch audit verify` says what was done to the log")
        line = chained(head, _redacted(draft, redact))
        head = Head(line.sequence, line.hash)
        connection.execute(insert(audit).values(sequence=line.sequence, entry=line.text, prev_hash=line.prev_hash, hash=line.hash))
        connection.execute(update(audit_head).where(audit_head.c.id == 1).values(sequence=line.sequence, hash=line.hash))
        lines.append(line)
    return lines


def _redacted(draft: AuditDraft, redact: Redactor) -> AuditDraft:
    """Actors may be named by an address of theirs; what they wrote may hold anything."""
    return replace(draft, actor=redact(draft.actor), subject=redact(draft.subject), detail=redact.value(dict(draft.detail)))


def _head(connection: Connection, *, lock: bool = False) -> Head | None:
    query = select(audit_head.c.sequence, audit_head.c.hash).where(audit_head.c.id == 1)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Head(row.sequence, row.hash)


def _line(row: Row[tuple[int, str, str, str]]) -> AuditLine:
    return AuditLine(row.sequence, row.entry, row.prev_hash, row.hash)
