"""Whether a change touches anything that the agent's answers depend on: a comment that says nothing new teaches people to look away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache


def is_relevant(changed: Iterable[str], patterns: Iterable[str]) -> bool:
    """Whether one of the changed files (paths from the repository's root) fits one of the patterns. Without patterns, every change is.

    `*` stands for anything but a slash, `**` for anything, `**/` for any folders or none: `prompts/**`, `**/*.py`.
    """
    wanted = [_compiled(pattern) for pattern in patterns]
    return not wanted or any(pattern.fullmatch(path.removeprefix("./")) for path in changed for pattern in wanted)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_parts(pattern.removeprefix("./"))), re.DOTALL)


def _parts(pattern: str) -> Iterator[str]:
    for part in re.split(r"(\*\*/|\*+|\?)", pattern):
        if part == "**/":
            yield "(?:.*/)?"
        elif part.startswith("**"):
            yield ".*"
        elif part == "*":
            yield "[^/]*"
        else:
            yield "[^/]" if part == "?" else re.escape(part)
