"""What is asked of the place where releases are known."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.releases.release import Denial, Release


class ReleaseLedger(Protocol):
    """Releases by id, and by the names that others have for them (C33)."""

    def add(self, release: Release, audit: AuditDraft) -> Release:
        """Keep a release. One with the same id is the same release: it gains the new names, and a git sha where it had none.

        Raises `NameTaken` where a tag means another release.
        """
        ...

    def find(self, name: str) -> Release:
        """By id or a unique beginning of it, tag, git sha or image digest.

        Raises `UnknownRelease`, naming near ones, and `AmbiguousRelease`.
        """
        ...

    def releases(self, limit: int = 50) -> tuple[Release, ...]:
        """Newest first."""
        ...

    def deny(self, denial: Denial, audit: AuditDraft) -> None: ...

    def override_denial(self, release: str, by: str, reason: str, audit: AuditDraft) -> None:
        """The time of the override is the audit's. Raises `UnknownRelease`; `NotDenied`."""
        ...

    def denial(self, release: str) -> Denial | None:
        """The denial that holds; None where there is none, or it was overridden."""
        ...
