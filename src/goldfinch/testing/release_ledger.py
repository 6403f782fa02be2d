"""Releases in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.releases.failures import AmbiguousRelease, NameTaken, NotDenied, UnknownRelease
from goldfinch.core.releases.release import Component, ComponentKind, Denial, Release
from goldfinch.testing.audit_log import InMemoryAuditLog

SHORTEST_SHA = 7


@dataclass
class InMemoryReleaseLedger:
    """A `ReleaseLedger` of dictionaries. `audit.down = True` takes it away."""

    audit: InMemoryAuditLog = field(default_factory=InMemoryAuditLog)
    rows: dict[str, Release] = field(default_factory=dict)
    shas: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    denials: list[Denial] = field(default_factory=list)

    def add(self, release: Release, audit: AuditDraft) -> Release:
        self.audit.require_up()
        for tag in release.tags:
            owner = next((one.id for one in self.rows.values() if tag in one.tags), release.id)
            if owner != release.id:
                raise NameTaken(f"tag {tag!r} means {owner} already", hint="choose another tag")
        known = self.rows.get(release.id)
        kept = replace(release, tags=tuple(dict.fromkeys(release.tags))) if known is None else _named_too(known, release)
        named = [_add(self.shas, release.git_sha, release.id), _add(self.digests, release.image_digest, release.id)]
        self.rows[release.id] = kept
        if kept != known or any(named):
            self.audit.append(audit)
        return kept

    def find(self, name: str) -> Release:
        self.audit.require_up()
        found = self._named(name) or self._beginning(name)
        if not found:
            raise self._unknown(name)
        if len(found) > 1:
            raise AmbiguousRelease(f"{name!r} means {len(found)} releases: {', '.join(found)}", hint="give more characters of the id")
        return self.rows[found[0]]

    def releases(self, limit: int = 50) -> tuple[Release, ...]:
        self.audit.require_up()
        return tuple(reversed(self.rows.values()))[:limit]

    def deny(self, denial: Denial, audit: AuditDraft) -> None:
        self.audit.require_up()
        if self.denial(denial.release) is None:
            self.denials.append(denial)
            self.audit.append(audit)

    def override_denial(self, release: str, by: str, reason: str, audit: AuditDraft) -> None:
        self.audit.require_up()
        holding = self.denial(release)
        if holding is None:
            known = release in self.rows or any(one.release == release for one in self.denials)
            raise NotDenied(f"{release} is not denied") if known else self._unknown(release)
        overridden = replace(holding, overridden_by=by, overridden_at=audit.at, override_reason=reason)
        self.denials = [overridden if one is holding else one for one in self.denials]
        self.audit.append(audit)

    def denial(self, release: str) -> Denial | None:
        self.audit.require_up()
        return next((one for one in self.denials if one.release == release and one.overridden_at is None), None)

    def _named(self, name: str) -> list[str]:
        if name in self.rows:
            return [name]
        tagged = [one.id for one in self.rows.values() if name in one.tags]
        return tagged or list(dict.fromkeys([*self.shas.get(name, ()), *self.digests.get(name, ())]))

    def _beginning(self, name: str) -> list[str]:
        if not name:
            return []
        found = [one for one in self.rows if one.startswith(name)]
        if len(name) >= SHORTEST_SHA:
            found += [one for sha, ids in self.shas.items() if sha.startswith(name) for one in ids]
        return list(dict.fromkeys(found))

    def _unknown(self, name: str) -> UnknownRelease:
        known = [*self.rows, *self.shas, *self.digests, *(tag for one in self.rows.values() for tag in one.tags)]
        near = get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`goldfinch release list` shows all"
        return UnknownRelease(f"no release {name!r}", where="in memory", hint=hint)


def _named_too(known: Release, release: Release) -> Release:
    return replace(known, tags=tuple(dict.fromkeys([*known.tags, *release.tags])), git_sha=known.git_sha or release.git_sha)


def _add(names: dict[str, list[str]], name: str, release: str) -> bool:
    """Whether the name is new for this release."""
    if not name or release in names.get(name, ()):
        return False
    names.setdefault(name, []).append(release)
    return True


def sample_release(number: int = 1, **fields: Any) -> Release:
    """A release of one component; `number` tells them apart, `fields` replace the defaults."""
    digest = f"sha256:{number:064x}"
    defaults: dict[str, Any] = {
        "components": (Component(ComponentKind.MODEL, digest, {"name": "small", "temperature": 0.1}),),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "created_by": "ada",
    }
    return Release(id=f"rel_{number:016x}", digest=digest, **{**defaults, **fields})
