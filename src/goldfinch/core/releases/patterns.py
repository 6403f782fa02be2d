"""Which files a pattern of the settings means: `*` and `?` stay within a name, `**` between slashes crosses folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from posixpath import normpath

from goldfinch.core.releases import codes
from goldfinch.core.releases.failures import NotReleasable

_ANY_FOLDERS = None
"""A `**` between slashes: any number of folders, none among them."""


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
    names = _compiled(pattern)
    return sorted(path for path in paths if _matches(names, path.split("/")))


def below(paths: Iterable[str], top: str) -> list[str]:
    """The paths at or below `top`, in order."""
    return sorted(path for path in paths if top in (".", path) or path.startswith(f"{top}/"))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """Name by name. What ends in `**` means files below, so a name has to follow."""
    names = pattern.split("/") if "/" in pattern else ["**", pattern]
    if names[-1] == "**":
        names.append("*")
    return tuple(_ANY_FOLDERS if name == "**" else _name(name) for name in names)


def _name(pattern: str) -> re.Pattern[str]:
    """Every star but the last takes as little as it can, once and for all: no pattern takes more than the square of a name's length."""
    first, *rest = (re.escape(literal).replace(r"\?", ".") for literal in re.sub(r"\*+", "*", pattern).split("*"))
    middle = "".join(f"(?>.*?{literal})" for literal in rest[:-1])
    return re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)


def _matches(pattern: tuple[re.Pattern[str] | None, ...], names: list[str]) -> bool:
    """All places of the pattern that the path may have come to, name by name."""
    places = _with_skipped(pattern, {0})
    for name in names:
        stepped = set()
        for place in places - {len(pattern)}:
            wanted = pattern[place]
            if wanted is _ANY_FOLDERS:
                stepped.add(place)
            elif wanted.fullmatch(name):
                stepped.add(place + 1)
        places = _with_skipped(pattern, stepped)
    return len(pattern) in places


def _with_skipped(pattern: tuple[re.Pattern[str] | None, ...], places: set[int]) -> set[int]:
    found = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] is _ANY_FOLDERS:
            place += 1  # noqa: PLW2901 - any folders may be none
            found.add(place)
    return found
