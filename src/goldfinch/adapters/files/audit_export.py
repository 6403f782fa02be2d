"""The audit log as JSON Lines: what `goldfinch audit export` writes."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.audit.entry import AuditEntry
from goldfinch.core.redaction import Redactor

SCHEMA_VERSION: Final = 1


class AuditExportLine(msgspec.Struct, frozen=True):
    """One line. `hash` is over `prev_hash`, a newline and the entry as JSON in ASCII with sorted keys and no blanks."""

    schema_version: int
    sequence: int
    """From 1, without gaps."""
    at: str
    """UTC, ISO 8601, microseconds."""
    actor: str
    action: str
    subject: str
    before: str
    after: str
    detail: dict[str, Any]
    prev_hash: str
    """64 hexadecimal digits; of the first line empty."""
    hash: str
    redacted: bool = False
    """A secret that is known now was masked in this line, so that its hash cannot be recomputed from it."""


def export_line(entry: AuditEntry, redact: Redactor) -> bytes:
    """One line with its newline, in ASCII."""
    draft = entry.draft
    plain = {"actor": draft.actor, "action": draft.action, "subject": draft.subject, "detail": dict(draft.detail)}
    shown = redact.value(plain)
    line = AuditExportLine(
        schema_version=SCHEMA_VERSION,
        sequence=entry.sequence,
        at=draft.at.isoformat(timespec="microseconds"),
        before=draft.before,
        after=draft.after,
        prev_hash=entry.prev_hash,
        hash=entry.hash,
        redacted=shown != plain,
        **shown,
    )
    return _ascii(msgspec.to_builtins(line))


def audit_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a line. It is open: later versions may add keys."""
    return schema_of(AuditExportLine, "A line of the exported audit log: who did what, when, chained to the line before.", version=1)


def _ascii(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f").encode() + b"\n"
