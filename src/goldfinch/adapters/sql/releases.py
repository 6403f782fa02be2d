"""The ledger of releases in a database: one record for what others name by tag, sha or digest (C33)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sqlalchemy import Column, ColumnElement, Connection, and_, func, select, update

from goldfinch.adapters.sql import release_rows as rows
from goldfinch.adapters.sql.audit import append
from goldfinch.adapters.sql.columns import AnyText
from goldfinch.adapters.sql.database import Database
from goldfinch.adapters.sql.inserting import add_new
from goldfinch.adapters.sql.tables import denials, release_names, releases
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.releases.failures import AmbiguousRelease, NameTaken, NotDenied, UnknownRelease
from goldfinch.core.releases.release import Denial, Release

TAG, SHA, DIGEST = "tag", "git_sha", "image_digest"

SHORTEST_SHA = 7
"""git's own short form."""

_LOOKED_AT = 1000
"""Releases among which near names are looked for."""


class SqlReleaseLedger:
    """The `ReleaseLedger` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, release: Release, audit: AuditDraft) -> Release:
        redact = self._database.redact
        with self._database.writing() as connection:
            added = add_new(releases, connection, rows.release_columns(release, redact))
            named = _name(connection, release)
            if not added:
                _show_commit(connection, release)
            if added or named:
                append(connection, (audit,), redact)
            return _releases(connection, [release.id])[0]

    def find(self, name: str) -> Release:
        with self._database.reading() as connection:
            found = _named(connection, name) or _beginning(connection, name)
            if not found:
                raise _unknown(connection, name, self._database.name)
            if len(found) > 1:
                several = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
                raise AmbiguousRelease(f"{name!r} means {len(found)} releases: {several}", hint="give more characters of the id")
            return _releases(connection, found)[0]

    def releases(self, limit: int = 50) -> tuple[Release, ...]:
        with self._database.reading() as connection:
            newest = connection.scalars(select(releases.c.id).order_by(releases.c.number.desc()).limit(limit)).all()
            return _releases(connection, newest)

    def deny(self, denial: Denial, audit: AuditDraft) -> None:
        redact = self._database.redact
        with self._database.writing() as connection:
            if add_new(denials, connection, rows.denial_columns(denial, redact)):
                append(connection, (audit,), redact)

    def override_denial(self, release: str, by: str, reason: str, audit: AuditDraft) -> None:
        redact = self._database.redact
        values = {"overridden_by": redact(by), "overridden_at": audit.at, "override_reason": redact(reason)}
        holds = and_(denials.c.release == release, denials.c.overridden_at.is_(None))
        with self._database.writing() as connection:
            if not connection.execute(update(denials).where(holds).values(values)).rowcount:
                raise _nothing_to_override(connection, release, self._database.name)
            append(connection, (audit,), redact)

    def denial(self, release: str) -> Denial | None:
        holds = and_(denials.c.release == release, denials.c.overridden_at.is_(None))
        with self._database.reading() as connection:
            row = connection.execute(select(denials).where(holds)).one_or_none()
            return None if row is None else rows.denial_of(row)


def _name(connection: Connection, release: Release) -> int:
    """Give a release the names that it does not have yet; how many they were. Raises `NameTaken`."""
    named = 0
    for kind, name in _names(release):
        named += add_new(release_names, connection, {"kind": kind, "name": name, "release": release.id})
        this = and_(release_names.c.kind == TAG, release_names.c.name == name)
        if kind == TAG and (owner := connection.scalar(select(release_names.c.release).where(this))) != release.id:
            raise NameTaken(f"tag {name!r} means {owner} already", hint="choose another tag")
    return named


def _show_commit(connection: Connection, release: Release) -> None:
    """A release that was made before its commit shows the first commit that holds it."""
    has_none = and_(releases.c.id == release.id, releases.c.git_sha == "")
    connection.execute(update(releases).where(has_none).values(git_sha=release.git_sha))


def _names(release: Release) -> Iterator[tuple[str, str]]:
    yield from ((TAG, tag) for tag in release.tags)
    yield from ((kind, name) for kind, name in ((SHA, release.git_sha), (DIGEST, release.image_digest)) if name)


def _named(connection: Connection, name: str) -> Sequence[str]:
    """Releases that have exactly this name: as their id before any other."""
    if connection.scalar(select(releases.c.id).where(releases.c.id == name)) is not None:
        return [name]
    of_kind = {
        kind: connection.scalars(
            select(release_names.c.release)
            .where(release_names.c.kind == kind, release_names.c.name == name)
            .order_by(release_names.c.number)
        ).all()
        for kind in (TAG, SHA, DIGEST)
    }
    return of_kind[TAG] or list(dict.fromkeys([*of_kind[SHA], *of_kind[DIGEST]]))


def _beginning(connection: Connection, name: str) -> Sequence[str]:
    """Releases whose id, or git sha, begins like this."""
    if not name:
        return []
    ids = select(releases.c.id).where(_begins(releases.c.id, name)).order_by(releases.c.number)
    found = list(connection.scalars(ids))
    if len(name) >= SHORTEST_SHA:
        begins = and_(release_names.c.kind == SHA, _begins(release_names.c.name, name))
        found += connection.scalars(select(release_names.c.release).where(begins).order_by(release_names.c.number))
    return list(dict.fromkeys(found))


def _begins(column: Column[str], text: str) -> ColumnElement[bool]:
    """Not LIKE, in which some characters mean something, and which SQLite does not take letter by letter."""
    return func.substr(column, 1, len(text), type_=AnyText) == text


def _releases(connection: Connection, ids: Sequence[str]) -> tuple[Release, ...]:
    """In the order of `ids`."""
    tags: dict[str, list[str]] = {one: [] for one in ids}
    these = and_(release_names.c.kind == TAG, release_names.c.release.in_(ids))
    for row in connection.execute(select(release_names).where(these).order_by(release_names.c.number)):
        tags[row.release].append(row.name)
    found = {row.id: row for row in connection.execute(select(releases).where(releases.c.id.in_(ids)))}
    return tuple(rows.release_of(found[one], tags[one]) for one in ids)


def _unknown(connection: Connection, name: str, store: str) -> UnknownRelease:
    known = [*connection.scalars(select(release_names.c.name).order_by(release_names.c.number.desc()).limit(_LOOKED_AT))]
    known += connection.scalars(select(releases.c.id).order_by(releases.c.number.desc()).limit(_LOOKED_AT))
    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`goldfinch release list` shows all"
    return UnknownRelease(f"no release {name!r}", where=store, hint=hint)


def _nothing_to_override(connection: Connection, release: str, store: str) -> NotDenied | UnknownRelease:
    known = connection.scalar(select(releases.c.id).where(releases.c.id == release))
    denied = connection.scalar(select(denials.c.number).where(denials.c.release == release).limit(1))
    if known is None and denied is None:
        return _unknown(connection, release, store)
    return NotDenied(f"{release} is not denied")
