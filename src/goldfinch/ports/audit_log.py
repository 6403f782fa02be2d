"""What is asked of the audit log. Writing happens with what is audited, in the same transaction of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from goldfinch.core.audit.chain import AuditLine
from goldfinch.core.audit.chain import Head as AuditHead
from goldfinch.core.audit.entry import AuditDraft, AuditEntry

__all__ = ["AuditHead", "AuditLog", "AuditSnapshot"]


class AuditSnapshot(NamedTuple):
    """Head and lines that belong together, while others go on writing. `lines` can be read once."""

    head: AuditHead | None
    """None: it is gone."""
    lines: Iterator[AuditLine]


class AuditLog(Protocol):
    def append(self, draft: AuditDraft) -> AuditEntry: ...

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        """In order; streams. Raises `StoreDamaged` at a line that cannot be read."""
        ...

    def snapshot(self) -> AbstractContextManager[AuditSnapshot]:
        """The log as it is stored at one moment, unread: what verification and export read."""
        ...

    def head(self) -> AuditHead:
        """Where the log ends, kept apart from it: a tail that was cut off shows. (0, "") of an empty log, and where it is gone."""
        ...
