"""One line of the audit log. Each carries the hash of the one before, so that a changed, removed or inserted line shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """What is to be recorded; sequence and hashes are given when it is written."""

    at: datetime
    actor: str
    action: str
    """`rollout.promote`, `release.deny`, `approval.grant`, ..."""
    subject: str
    """What it was done to: `rollout:ID`, `release:ID`."""
    before: str = ""
    after: str = ""
    """Hashes of the subject before and after."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values, redacted."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A recorded line."""

    sequence: int
    """From 1, without gaps."""
    draft: AuditDraft
    prev_hash: str
    hash: str
