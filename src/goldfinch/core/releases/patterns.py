"""Which files a pattern of the settings means. One rule on every system: `*` and `?` stay within a name, `**` crosses folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from posixpath import normpath

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import NotReleasable

_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def checked_path(path: str, where: str) -> str:
    """A path or pattern as it is compared: without `./`. Raises `NotReleasable` (E2708) for one that leads out of the folder."""
    normal = normpath(path) if path else ""
    if not path or "\0" in path or path.startswith("/") or normal == ".." or normal.startswith("../"):
        what = f"{path[:100]!r} {'leads out of the folder of the settings file' if path else 'is empty'}"
        raise NotReleasable(what, where=where, hint="name what lies below it", code=codes.NO_FILES)
    return normal


def has_wildcard(pattern: str) -> bool:
    """Whether it stands for more than one file."""
    return "*" in pattern or "?" in pattern


def matching(paths: Iterable[str], pattern: str) -> list[str]:
    """The paths that `pattern` means, in order. A pattern without `/` means files of that name in every folder."""
    compiled = _compiled(pattern)
    return sorted(path for path in paths if compiled.fullmatch(path))


def below(paths: Iterable[str], top: str) -> list[str]:
    """The paths at or below `top`, in order."""
    return sorted(path for path in paths if top in (".", path) or path.startswith(f"{top}/"))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = _PIECES.findall(re.sub(r"\*{3,}", "**", re.sub(r"(?:\*\*/){2,}", "**/", pattern)))
    regex = "".join(_MEANINGS.get(piece) or re.escape(piece) for piece in pieces)
    return re.compile(regex if "/" in pattern else f"(?:.*/)?{regex}", re.DOTALL)
