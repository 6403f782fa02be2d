"""What is asked of the audit log. Writing happens with what is audited, in the same transaction of the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from goldfinch.core.audit.entry import AuditDraft, AuditEntry


class AuditHead(NamedTuple):
    """Where the log ends, kept apart from it: a tail that was cut off shows."""

    sequence: int
    hash: str


class AuditLog(Protocol):
    def append(self, draft: AuditDraft) -> AuditEntry: ...

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        """In order; streams."""
        ...

    def head(self) -> AuditHead:
        """(0, "") of an empty log."""
        ...
