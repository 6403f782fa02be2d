"""An audit log in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from goldfinch.core.audit.chain import GENESIS, AuditLine, Head, chained, entry_of
from goldfinch.core.audit.entry import AuditDraft, AuditEntry
from goldfinch.core.audit.failures import StoreUnavailable
from goldfinch.ports.audit_log import AuditSnapshot


@dataclass
class InMemoryAuditLog:
    """An `AuditLog` that is a list. While `down`, it and the fakes that write into it do not answer."""

    stored: list[AuditLine] = field(default_factory=list)
    down: bool = False

    def append(self, draft: AuditDraft) -> AuditEntry:
        self.extend((draft,))
        return entry_of(self.stored[-1])

    def extend(self, drafts: Iterable[AuditDraft]) -> None:
        """Record all of `drafts`, or, where one cannot be written, none."""
        self.require_up()
        end, lines = self._end(), []
        for draft in drafts:
            lines.append(chained(end, draft))
            end = Head(lines[-1].sequence, lines[-1].hash)
        self.stored += lines

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        self.require_up()
        yield from map(entry_of, self.stored[after:])

    @contextmanager
    def snapshot(self) -> Iterator[AuditSnapshot]:
        self.require_up()
        yield AuditSnapshot(self._end(), iter(tuple(self.stored)))

    def head(self) -> Head:
        self.require_up()
        return self._end()

    def require_up(self) -> None:
        """Raises `StoreUnavailable` while it is down."""
        if self.down:
            raise StoreUnavailable("the store does not answer", where="in memory", hint="bring it back; nothing was half-written")

    def _end(self) -> Head:
        return Head(self.stored[-1].sequence, self.stored[-1].hash) if self.stored else Head(0, GENESIS)
