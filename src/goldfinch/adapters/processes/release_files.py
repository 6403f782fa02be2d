"""Where a release's files are, whether they are what it was made of, and which of them are migrations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import file_digest
from pathlib import Path

from goldfinch.adapters.processes.checkouts import Checkouts
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.migrations import MOST_CHARACTERS, Finding, not_expand_only
from goldfinch.core.deploy.way_back import files_of
from goldfinch.core.releases.patterns import checked_path
from goldfinch.core.releases.release import Release
from goldfinch.core.rollout.failures import DeployFailed

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
KEPT = 5
"""Checkouts that nobody needs now, but may go back to."""


class ReleaseFiles:
    """From a checkout of each release's own commit, or, with `checkouts` None, from the folder `source` as it is."""

    def __init__(self, source: Path, checkouts: Checkouts | None, migrations: Sequence[str]) -> None:
        self._source, self._checkouts, self._migrations = source, checkouts, migrations

    def make(self, release: Release) -> Path:
        """The folder to run it in. Raises `DeployFailed` (E3202, E3203)."""
        if self._checkouts is None:
            return self._source
        if not _SHA.fullmatch(release.git_sha):
            what = f"{release.git_sha[:80]!r} is no commit" if release.git_sha else "the release names no commit"
            hint = "commit and make the release again, or set deploy.checkout: false"
            raise DeployFailed(what, where=release.id, hint=hint, code=codes.NO_CHECKOUT)
        folder = self._checkouts.make(release.git_sha)
        for path, digest in files_of(release).items():
            if _digest(folder / path) != digest:
                what = f"{path} of commit {release.git_sha[:12]} is not what the release was made of"
                hint = f"make the release again from what is committed; if the file was changed in {folder}, remove that folder"
                raise DeployFailed(what, where=release.id, hint=hint, code=codes.NOT_THE_RELEASE)
        return folder

    def why_gone(self, release: Release) -> str:
        """Why the files of a release cannot be had any more; empty: they can, and are not made here."""
        if self._checkouts is None or (_SHA.fullmatch(release.git_sha) and self._checkouts.existing(release.git_sha)):
            return ""
        if not _SHA.fullmatch(release.git_sha):
            return "it names no commit"
        return "" if self._checkouts.is_possible(release.git_sha) else f"git does not have its commit {release.git_sha[:12]}"

    def taken_away(self, canary: Path, stable: Path | None) -> tuple[Finding, ...] | None:
        """What migrations of `canary` that `stable` does not have take away; None: the settings name none, so nobody can say."""
        if not self._migrations:
            return None
        new = _migrations(canary, self._migrations)
        if stable is not None and stable != canary:
            old = _migrations(stable, self._migrations)
            new = {name: text for name, text in new.items() if old.get(name) != text}
        return not_expand_only(new)

    def sweep(self, needed: frozenset[str]) -> None:
        """Remove checkouts that nobody needs, but for the latest few."""
        if self._checkouts is not None:
            for git_sha in [sha for sha in self._checkouts.made() if sha not in needed][KEPT:]:
                self._checkouts.remove(git_sha)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"sha256:{file_digest(file, 'sha256').hexdigest()}"
    except OSError:
        return ""


def _migrations(folder: Path, patterns: Sequence[str]) -> Mapping[str, str]:
    """Name → text, cut where it is longer than anybody checks."""
    checked = [checked_path(pattern, f"deploy.migrations[{position}]") for position, pattern in enumerate(patterns)]
    paths = {path for pattern in checked for path in folder.glob(pattern) if path.is_file()}
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_CHARACTERS + 1)
    except OSError as error:
        raise DeployFailed(f"cannot be read: {error.strerror}", where=str(path), code=codes.NOT_EXPAND_ONLY) from error
