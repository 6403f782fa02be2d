"""What scores may carry into a record: short lines and plain JSON values, whatever a model or a scorer made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from math import isfinite
from typing import Any

_LONGEST_LINE = 500
_LONGEST_QUOTE = 80
_MOST_ITEMS = 50
_DEEPEST = 8
_WIDEST_INTEGER = 2**63


def one_line(text: str) -> str:
    """`text` as one printable line of at most 500 characters; control characters and lone surrogates are shown as escapes."""
    text = _cut(text)
    if text.isprintable():
        return text
    return _cut(
        "".join(c if c.isprintable() else " " if c.isspace() else _escape(c) for c in text)
    )  # an escape is longer than what it shows


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def quoted(text: str) -> str:
    """`text` in quotes, escaped and cut to 80 characters: for naming what a model wrote."""
    return repr(text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…")


def listed(texts: Iterable[str], limit: int = 5) -> str:
    """The first few of `texts`, quoted, and how many more there are."""
    items = list(texts)
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join([quoted(item) for item in items[:limit]]) + more


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as JSON that any writer accepts: finite numbers, valid Unicode, at most 50 items and 8 levels; the rest as short text."""
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {_valid(str(key)): plain(item, depth + 1) for key, item in islice(value.items(), _MOST_ITEMS)}
        if isinstance(value, list | tuple | set | frozenset):
            return [plain(item, depth + 1) for item in islice(value, _MOST_ITEMS)]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _valid(value)
    if isinstance(value, int) and abs(value) < _WIDEST_INTEGER:
        return int(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    return f"<{type(value).__name__}>"


def _valid(text: str) -> str:
    """At most 500 characters, lone surrogates escaped: UTF-8 has no place for them."""
    return text[:_LONGEST_LINE].encode("utf-8", "backslashreplace").decode("utf-8")
