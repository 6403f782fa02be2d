"""What counts as a JSON value here: finite numbers, string keys, bounded size, valid Unicode."""

from __future__ import annotations

from math import isfinite
from typing import Any

MAX_DEPTH = 200
MAX_NODES = 1_000_000


def clean_text(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates by U+FFFD, so that the text can be written as UTF-8.

    A model reply cut in the middle of an emoji holds half a pair.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def problem_in(value: Any) -> str | None:
    """Say what makes `value` no JSON value, with its path (`$.items[3]`); None where it is one.

    Values that contain themselves end at `MAX_DEPTH`, values that share parts without end at `MAX_NODES`.
    """
    pending: list[tuple[Any, str, int]] = [(value, "$", 0)]
    seen = 0
    while pending:
        item, path, depth = pending.pop()
        seen += 1
        if seen > MAX_NODES:
            return f"more than {MAX_NODES} values"
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        problem = _problem_of(item, path)
        if problem is not None:
            return problem
        if type(item) is dict:
            pending.extend((child, f"{path}.{key}"[:200], depth + 1) for key, child in item.items())
        elif type(item) is list:
            pending.extend((child, f"{path}[{index}]"[:200], depth + 1) for index, child in enumerate(item))
    return None


def _problem_of(item: Any, path: str) -> str | None:
    """Judge one value without looking into it."""
    if item is None or isinstance(item, bool | int):
        return None
    if isinstance(item, float):
        return None if isfinite(item) else f"{item!r} at {path} is not a finite number"
    if isinstance(item, str):
        return None if _is_unicode(item) else f"the text at {path} is not valid Unicode"
    if type(item) is dict:
        bad = next((key for key in item if not isinstance(key, str) or not _is_unicode(key)), None)
        return None if bad is None else f"the key {bad!r:.80} at {path} is not a string"
    if type(item) is list:
        return None
    return f"{type(item).__name__} at {path} is no JSON value"


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def copy_json(value: Any) -> Any:
    """Copy the containers of a JSON value, so that an agent that changes its input does not change the case."""
    if type(value) is dict:
        return {key: copy_json(child) for key, child in value.items()}
    if type(value) is list:
        return [copy_json(child) for child in value]
    return value
