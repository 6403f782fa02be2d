"""What of a value can be stored: JSON of bounded depth and size, without what PostgreSQL refuses in texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 16

_REFUSED = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: PostgreSQL stores neither, UTF-8 cannot say the latter."""


class NotStorable(ValueError):
    """The value is no JSON, or too large."""


def clean(text: str) -> str:
    """Put U+FFFD in the place of characters that cannot be stored, so that every store gives back the same text."""
    return _REFUSED.sub("\ufffd", text)


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The value as JSON values only. Raises `NotStorable` for what JSON has no words for: NaN, dates, objects, endless nesting."""
    if depth < 0:
        raise NotStorable(f"nested more than {MAX_DEPTH} levels deep")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    raise NotStorable(f"{type(value).__name__} is no JSON value")


def storable(value: Any, max_chars: int) -> Any:
    """`plain(value)`, where its JSON text is no longer than `max_chars`. Raises `NotStorable`."""
    made = plain(value)
    try:
        size = len(text_of(made))
    except ValueError as why:  # whole numbers beyond the interpreter's limit of digits
        raise NotStorable(str(why)) from None
    if size > max_chars:
        raise NotStorable(f"{size} characters of JSON, at most {max_chars} are kept")
    return made


def text_of(value: Any) -> str:
    """The one text of a plain value: the same value always gives the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
