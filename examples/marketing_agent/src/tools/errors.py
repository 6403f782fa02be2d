"""What can go wrong in a tool, each with one line for a person."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN_NAMES = 20
SHOWN_CHARS = 80


class ToolFailure(Exception):
    """The tool cannot answer this call: a name that the account does not have, a date out of order, a query that it refuses."""


class DataError(ValueError):
    """The data cannot be read at all; the message begins with file:line, or with the path inside an inline account."""


class UnknownAccount(LookupError):
    """No account of this name lies in the data folder; the message names those that do."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown account {shortened(name)!r}; known: {name_list(known)}")
        self.name = name

    def __str__(self) -> str:
        return str(self.args[0])


def shortened(text: str) -> str:
    """A text of the data at a length that fits a message."""
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"


def name_list(names: Iterable[str]) -> str:
    listed = [shortened(name) for name in names]
    if not listed:
        return "none"
    more = f" and {len(listed) - SHOWN_NAMES} more" if len(listed) > SHOWN_NAMES else ""
    return ", ".join(listed[:SHOWN_NAMES]) + more
