"""What the audit log says of releases: who made, denied or allowed which, and the hashes of what held before and after."""

from __future__ import annotations

from datetime import datetime

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.releases.hashing import canonical, sha256_of
from goldfinch.core.releases.release import Denial, Release


def created(release: Release) -> AuditDraft:
    """A release was made, or got new names."""
    return AuditDraft(
        at=release.created_at,
        actor=release.created_by,
        action="release.create",
        subject=_subject(release.id),
        after=release.digest,
        detail={"git_sha": release.git_sha, "tags": list(release.tags), "image_digest": release.image_digest},
    )


def denied(denial: Denial) -> AuditDraft:
    """Nobody may roll it out any more."""
    return AuditDraft(
        at=denial.at,
        actor=denial.by,
        action="release.deny",
        subject=_subject(denial.release),
        after=denial_hash(denial),
        detail={"reason": denial.reason},
    )


def allowed(denial: Denial, by: str, reason: str, at: datetime) -> AuditDraft:
    """Somebody took on what spoke against it: the override is visible for good (T18)."""
    return AuditDraft(
        at=at,
        actor=by,
        action="release.allow",
        subject=_subject(denial.release),
        before=denial_hash(denial),
        detail={"reason": reason, "denied_by": denial.by, "denied_because": denial.reason},
    )


def denial_hash(denial: Denial) -> str:
    """Of the denial as it was said, whatever became of it later."""
    said = {"release": denial.release, "at": denial.at.isoformat(), "by": denial.by, "reason": denial.reason}
    return sha256_of(canonical(said))


def _subject(release: str) -> str:
    return f"release:{release}"
