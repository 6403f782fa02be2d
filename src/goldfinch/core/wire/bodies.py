"""Bodies of requests and replies as JSON, where they are JSON that every reader reads alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any

MAX_DEPTH = 200
"""Deeper JSON is treated as text: a reader with less of the stack left must still be able to read it."""

NOT_JSON = object()
"""What `json_of` gives for a body that is none."""


def json_of(body: bytes | str, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON object or list; `NOT_JSON` for everything else, numbers without a finite value included."""
    if body.lstrip()[:1] not in (b"{", b"[", "{", "["):
        return NOT_JSON
    try:
        value = json.loads(body, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return NOT_JSON
    return value if _is_shallow(value, max_depth) else NOT_JSON


def json_bytes(value: Any, *, canonical: bool = False) -> bytes:
    """JSON in UTF-8; canonical: keys in order. Half a surrogate pair, which UTF-8 cannot hold, stays escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=canonical, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=canonical, separators=(",", ":")).encode()


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text} is beyond all numbers")
    return value


def _is_shallow(value: Any, max_depth: int) -> bool:
    level = [value]
    for _ in range(max_depth):
        level = [child for inner in level for child in _children(inner)]
        if not level:
            return True
    return False


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
