"""Files of a release, by the hash of their content, and their texts where they are prompts."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import NotReleasable

MAX_FILES = 100_000
MAX_TEXT_BYTES = 256_000
"""Longer texts are hashed and not stored: a diff says that they changed, and not where."""
_SKIPPED = frozenset({"__pycache__", "node_modules"})


def files_below(folder: Path) -> frozenset[str]:
    """Every file below `folder`, with `/`, where no git says which count: hidden folders, `__pycache__` and `node_modules` are left out."""
    return frozenset(_walk(folder))


def _walk(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED and name not in links)
        for name in (*files, *links):
            yield Path(place, name).relative_to(folder).as_posix()


def is_file_in(folder: Path, path: str) -> bool:
    """Whether there is something at `path` that `hashes` could be asked of."""
    return (folder / path).is_symlink() or (folder / path).is_file()


def hashes(folder: Path, paths: Iterable[str], where: str, *, links: bool = False) -> dict[str, str]:
    """Path → `sha256:…`, or with `links` `link:TARGET`. Raises `NotReleasable` (E2708) naming the file that cannot be part of a release."""
    wanted = sorted(paths)
    if len(wanted) > MAX_FILES:
        raise _refused(f"{len(wanted):,} files, more than {MAX_FILES:,}", where, "name a more exact path")
    return {path: _hash(folder, path, where, links=links) for path in wanted}


def texts(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Path → content, of those that are UTF-8 and of at most 256 kB."""
    found = {}
    for path in sorted(paths):
        with suppress(OSError, UnicodeDecodeError), (folder / path).open("rb") as file:
            written = file.read(MAX_TEXT_BYTES + 1)
            if len(written) <= MAX_TEXT_BYTES and b"\0" not in written:
                found[path] = written.decode()
    return found


def _hash(folder: Path, path: str, where: str, *, links: bool) -> str:
    place = folder / _readable_name(path, where)
    try:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode) and links:
            return f"link:{_readable_name(os.readlink(place), where)}"  # noqa: PTH115 - as it is written, not as a path
        if not stat.S_ISREG(mode) or not place.resolve().is_relative_to(folder.resolve()):
            raise _refused(f"{path} is a link or no plain file", where, "name the file itself")
        with place.open("rb") as file:
            return f"sha256:{file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror or error}", where, "restore or exclude it") from error


def _readable_name(path: str, where: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise _refused(f"the name {os.fsencode(path)!r} is not UTF-8", where, "rename or exclude it") from None
    return path


def _refused(what: str, where: str, hint: str) -> NotReleasable:
    return NotReleasable(what, where=where, hint=hint, code=codes.NO_FILES)
