"""Dotted paths into JSON values: `choices.0.message.content`."""

from __future__ import annotations

from typing import Any


class PathNotFound(LookupError):
    """The value has nothing at the path; the message says how far it got and what is there instead."""


def look_up(value: Any, path: str) -> Any:
    """Follow `path`: names step into objects, whole numbers into lists (negative ones from the end).

    Raises `PathNotFound`.
    """
    here = value
    walked: list[str] = []
    for part in path.split("."):
        try:
            here = _child(here, part)
        except (KeyError, IndexError, ValueError, TypeError):
            at = ".".join(walked) or "the top"
            raise PathNotFound(f"no {path!r}: {at} {_holds(here)}") from None
        walked.append(part)
    return here


def find(value: Any, path: str | None) -> Any:
    """Like `look_up`; None where there is no path or nothing at it."""
    if path is None:
        return None
    try:
        return look_up(value, path)
    except PathNotFound:
        return None


def _child(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value[part]
    if isinstance(value, list):
        return value[int(part)]
    raise TypeError


def _holds(value: Any) -> str:
    if isinstance(value, dict):
        names = ", ".join(repr(str(name)[:40]) for name in list(value)[:8])
        return f"has {names}" if names else "is an empty object"
    if isinstance(value, list):
        return f"is a list of {len(value)}"
    return f"is {type(value).__name__}"
