"""Which files of a folder belong to which component of a release, and whether a commit holds them as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.files.hashed_files import files_below, hashes, is_file_in, texts
from goldfinch.adapters.git_files import CommittedState, committed_state
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases import codes
from goldfinch.core.releases.building import FileSet
from goldfinch.core.releases.failures import NotReleasable
from goldfinch.core.releases.patterns import below, checked_path, has_wildcard, matching
from goldfinch.settings import CodeSource

_NAMED = 5


@dataclass(frozen=True, slots=True)
class ReleaseFolder:
    """The folder of the settings file, as its files stand now."""

    path: Path
    state: CommittedState | None
    """None: there is no git repository."""
    there: frozenset[str]
    """Every file that may be part of a release: tracked, or neither tracked nor ignored; without git, all but hidden ones."""
    gone: frozenset[str] = frozenset()
    """Those of `there` that are tracked and deleted."""

    @property
    def head(self) -> str:
        return (self.state.head if self.state is not None else None) or ""

    def chosen(self, patterns: Iterable[str], where: str) -> list[str]:
        """The files that `patterns` mean. Raises `NotReleasable` (E2708) for a pattern that means none: it would go missing in silence."""
        return sorted({path for position, pattern in enumerate(patterns) for path in self._meant(pattern, f"{where}[{position}]")})

    def one(self, path: str, where: str) -> str:
        """The one file at `path`. Raises `NotReleasable` (E2708) where there is none, or a folder."""
        normal = checked_path(path, where)
        if normal not in self.gone and not is_file_in(self.path, normal):
            raise _missing(path, where)
        return normal

    def code(self, source: CodeSource, taken: frozenset[str]) -> list[str]:
        """The files of the code but those of other components; submodules among them."""
        found: set[str] = set()
        for position, given in enumerate(source.paths):
            where = f"release.code.paths[{position}]"
            files = below(self.there, checked_path(given, where))
            if not files:
                raise _missing(given, where)
            found |= {*files}
        for position, pattern in enumerate(source.exclude):
            found -= {*matching(found, checked_path(pattern, f"release.code.exclude[{position}]"))}
        return sorted(found - taken)

    def uncommitted(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of `paths` that the present commit does not hold as they are."""
        if self.state is None:
            return tuple(sorted(paths))
        held = (self.state.tracked | self.state.submodules.keys()) - self.state.changed
        return tuple(sorted(path for path in paths if path not in held))

    def file_set(self, paths: Iterable[str], where: str, *, links: bool = False) -> FileSet:
        """Hashes of the files, submodules by the commit that is pinned."""
        asked = frozenset(paths)
        wanted = asked - self.gone
        pinned = {path: f"commit:{sha}" for path, sha in (self.state.submodules if self.state else {}).items() if path in wanted}
        return FileSet(hashes(self.path, wanted - pinned.keys(), where, links=links) | pinned, uncommitted=self.uncommitted(asked))

    def prompts(self, paths: Iterable[str], redact: Redactor) -> FileSet:
        """As `file_set`, with the texts. A secret in one is masked before it is stored, and the release says so."""
        files = self.file_set(paths, "release.prompts")
        raw = texts(self.path, files.hashes)
        stored = {path: redact(text) for path, text in raw.items()}
        notes = tuple(f"a secret in prompt {path} is masked where its text is stored" for path in raw if stored[path] != raw[path])
        return FileSet(files.hashes, stored, files.uncommitted, notes)

    def _meant(self, pattern: str, where: str) -> list[str]:
        normal = checked_path(pattern, where)
        if has_wildcard(normal):
            found = matching(self.there, normal)
        elif is_file_in(self.path, normal):
            found = [normal]
        else:
            found = below(self.there, normal)
        if not found:
            raise _missing(pattern, where)
        return found


def release_folder(path: Path) -> ReleaseFolder:
    """What stands in `path` now."""
    state = committed_state(path)
    if state is None:
        return ReleaseFolder(path, None, files_below(path))
    gone = frozenset(name for name in state.changed & state.tracked if not is_file_in(path, name))
    untracked = {name for name in state.untracked if not name.endswith("/")}
    return ReleaseFolder(path, state, frozenset(state.tracked | state.submodules.keys() | untracked), gone)


def require_committed(folder: ReleaseFolder, paths: Iterable[str]) -> None:
    """Raises `NotReleasable` (E2707), naming files that nobody could bring back; deleted ones of the commit among them."""
    missing = folder.uncommitted(paths)
    if not missing:
        return
    rest = len(missing) - _NAMED
    shown = f"{', '.join(missing[:_NAMED])}{f' and {rest:,} more' if rest > 0 else ''}"
    what = f"not committed: {shown}" if folder.state is not None else f"there is no git repository that holds {shown}"
    raise NotReleasable(what, where="release", hint="commit, or give --allow-dirty", code=codes.UNCOMMITTED)


def _missing(given: str, where: str) -> NotReleasable:
    hint = "correct it; files that git ignores count only where they are named in full"
    return NotReleasable(f"{given[:100]!r} names no file", where=where, hint=hint, code=codes.NO_FILES)
