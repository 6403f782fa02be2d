"""Whether migrations only add: a release that was written before them still finds what it uses (expand and contract, P7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from goldfinch.core.deploy.alembic_changes import alembic_changes
from goldfinch.core.deploy.sql_changes import Known, changes

_DOWN = re.compile(r"^--\s*(?:migrate:down|\+goose\s+down|\+migrate\s+down)\b", re.IGNORECASE | re.MULTILINE)
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an older release may miss, or that cannot be checked."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.what}"


def not_expand_only(files: Mapping[str, str]) -> tuple[Finding, ...]:
    """`files`: name → text, in the order in which they run by their names. Empty: nothing that an older release uses is touched, as far
    as reading shows; what a trigger, a function or a program of the migration does is not followed."""
    known = Known()
    return tuple(Finding(name, line, what) for name in sorted(files) for line, what in _of_file(name, files[name], known))


def in_words(findings: tuple[Finding, ...]) -> str:
    """The first ones."""
    rest = len(findings) - 2
    return "; ".join(map(str, findings[:2])) + (f" and {rest} more" if rest > 0 else "")


def _of_file(name: str, text: str, known: Known) -> Iterator[tuple[int, str]]:
    if len(text) > MOST_CHARACTERS:
        yield 1, "is too long to be checked"
    elif name.endswith(".py"):
        yield from alembic_changes(text, known)
    elif name.endswith(".down.sql"):
        return
    elif name.endswith(".sql"):
        yield from changes(_DOWN.split(text)[0], known)
    else:
        yield 1, "is neither SQL nor Python, and cannot be checked"
