"""Releases and denials as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from goldfinch.adapters.sql import codec
from goldfinch.adapters.sql.rollout_rows import redacted
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.release import Denial, Release


def release_columns(release: Release, redact: Redactor) -> dict[str, Any]:
    """Without its names, which have a table of their own."""
    return {
        "id": release.id,
        "digest": release.digest,
        "components": redacted(codec.dump(codec.COMPONENTS, release.components), redact),
        "created_at": release.created_at,
        "created_by": redact(release.created_by),
        "git_sha": release.git_sha,
        "image_digest": release.image_digest,
    }


def release_of(row: Row[Any], tags: Iterable[str]) -> Release:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    return Release(
        id=row.id,
        digest=row.digest,
        components=codec.load_components(row.components, f"release {row.id}"),
        created_at=row.created_at,
        created_by=row.created_by,
        git_sha=row.git_sha,
        tags=tuple(tags),
        image_digest=row.image_digest,
    )


def denial_columns(denial: Denial, redact: Redactor) -> dict[str, Any]:
    """Free text without secrets."""
    return {
        "release": denial.release,
        "at": denial.at,
        "by": redact(denial.by),
        "reason": redact(denial.reason),
        "overridden_by": redact(denial.overridden_by),
        "overridden_at": denial.overridden_at,
        "override_reason": redact(denial.override_reason),
    }


def denial_of(row: Row[Any]) -> Denial:
    """As it was kept."""
    return Denial(
        release=row.release,
        at=row.at,
        by=row.by,
        reason=row.reason,
        overridden_by=row.overridden_by,
        overridden_at=row.overridden_at,
        override_reason=row.override_reason,
    )
