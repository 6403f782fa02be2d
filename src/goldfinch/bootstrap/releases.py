"""Wires releases: the settings that say what one is made of, the store that knows them, the name of who acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.git_worktree import user_of
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.release_content import ReleaseContent
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.releases.building import Origin
from goldfinch.core.releases.diff import Difference, differences
from goldfinch.core.releases.names import signed
from goldfinch.core.releases.release import Denial, Release
from goldfinch.operations import release as operations
from goldfinch.ports.release_ledger import ReleaseLedger

HERE = "the files here"
"""What a comparison is called that is with no stored release."""


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """A release of the store, with the denial that holds; None: none does."""

    release: Release
    denial: Denial | None


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What a person says of a release besides the settings. `by` None: the account in CI, else git's user."""

    image: str | None = None
    tags: tuple[str, ...] = ()
    by: str | None = None
    allow_dirty: bool = False


def make_release(request: ReleaseRequest, config: Path | None = None) -> Release:
    """The release of the files and settings as they are, kept nowhere. Raises `NotReleasable`s, `BadReleaseName`, `Unsigned`."""
    return _requested(load_settings(config), request)


def create_release(request: ReleaseRequest, config: Path | None = None) -> KnownRelease:
    """As `make_release`, and kept. One of the same content is the same release, and gains the new names. Raises `NameTaken` too."""
    loaded = load_settings(config)
    made = _requested(loaded, request)
    with _ledger(loaded) as ledger:
        return _known(ledger, operations.create(ledger, made))


def find_release(name: str, config: Path | None = None) -> KnownRelease:
    """By id or its beginning, tag, git sha or image digest. Raises `UnknownRelease`, `AmbiguousRelease`."""
    with _ledger(load_settings(config)) as ledger:
        return _known(ledger, ledger.find(name))


def list_releases(limit: int, config: Path | None = None) -> tuple[KnownRelease, ...]:
    """The newest first."""
    with _ledger(load_settings(config)) as ledger:
        return tuple(_known(ledger, release) for release in ledger.releases(limit))


@dataclass(frozen=True, slots=True)
class ComparedReleases:
    """What both are called, and what differs."""

    old: str
    new: str
    found: tuple[Difference, ...]


def compare_releases(old: str, new: str | None = None, config: Path | None = None, *, image: str | None = None) -> ComparedReleases:
    """Two stored releases; `new` None: a stored one with the files and settings here, committed or not, and `image`."""
    loaded = load_settings(config)
    with _ledger(loaded) as ledger:
        before = ledger.find(old)
        after = None if new is None else ledger.find(new)
    if after is not None:
        return ComparedReleases(before.id, after.id, differences(before, after))
    here = _made(loaded, image, Origin(SystemClock().utc(), ""), allow_dirty=True)
    return ComparedReleases(before.id, HERE, differences(before, here))


def deny_release(name: str, reason: str, by: str | None = None, config: Path | None = None) -> Denial:
    """Nobody may roll it out until it is allowed again."""
    loaded = load_settings(config)
    with _ledger(loaded) as ledger:
        return operations.deny(ledger, name, by or user_of(loaded.folder), reason, SystemClock())


def allow_release(name: str, reason: str, by: str | None = None, config: Path | None = None) -> Denial:
    """Override the denial that holds, which is returned. Raises `NotDenied`."""
    loaded = load_settings(config)
    with _ledger(loaded) as ledger:
        return operations.allow(ledger, name, by or user_of(loaded.folder), reason, SystemClock())


def _requested(loaded: LoadedSettings, request: ReleaseRequest) -> Release:
    origin = Origin(SystemClock().utc(), signed(request.by or user_of(loaded.folder)), tags=request.tags)
    return _made(loaded, request.image, origin, allow_dirty=request.allow_dirty)


def _made(loaded: LoadedSettings, image: str | None, origin: Origin, *, allow_dirty: bool) -> Release:
    return ReleaseContent(loaded, image=image).release(origin, allow_dirty=allow_dirty)


@contextmanager
def _ledger(loaded: LoadedSettings) -> Iterator[ReleaseLedger]:
    store = open_store(loaded)
    try:
        yield store.releases
    finally:
        store.close()


def _known(ledger: ReleaseLedger, release: Release) -> KnownRelease:
    return KnownRelease(release, ledger.denial(release.id))
