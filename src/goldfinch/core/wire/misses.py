"""Why a request has no recorded reply, in one line: what was asked, the nearest request that was recorded, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from goldfinch.core.wire.bodies import NOT_JSON, json_of
from goldfinch.core.wire.exchanges import Matching, SentRequest, matched_body

_SHOWN_DIFFERENCES = 3
_SHOWN_CHARACTERS = 40
_COMPARED_LEAVES = 5_000


@dataclass(frozen=True, slots=True)
class _Near:
    request: SentRequest
    differences: list[str]
    alike: int
    """Characters that the first differing texts have in common at their start; tells near texts from far ones."""


def miss_line(asked: SentRequest, recorded: Iterable[SentRequest], matching: Matching, host: str = "") -> str:
    """`no reply is recorded to POST https://…/chat/completions; …`. `recorded` are those worth comparing with.

    `host` is where the request would have gone, told where its address does not say it.
    """
    what = f"no reply is recorded to {asked.method} {asked.url}{f' ({host})' if host else ''}"
    nearest = min((_near(asked, request, matching) for request in recorded), key=_distance, default=None)
    if nearest is None:
        return f"{what}; nothing that was recorded comes near it"
    if not nearest.differences:
        return f"{what}; the nearest recorded request differs in a header that is matched"
    shown = "; ".join(nearest.differences[:_SHOWN_DIFFERENCES])
    more = len(nearest.differences) - _SHOWN_DIFFERENCES
    return f"{what}; the nearest recorded request differs in {shown}{f' and {more} more' if more > 0 else ''}"


def used_up_line(asked: SentRequest, times: int) -> str:
    """The request was recorded, but not as often as it is asked now."""
    count = "once" if times == 1 else f"{times} times"
    return f"{asked.method} {asked.url} was recorded {count} and is asked once more; record as many trials and attempts as are replayed"


def _distance(near: _Near) -> tuple[int, int]:
    return len(near.differences), -near.alike


def _near(asked: SentRequest, recorded: SentRequest, matching: Matching) -> _Near:
    differences = [
        f"{what}: recorded {before}, asked {now}"
        for what, before, now in (("the method", recorded.method, asked.method), ("the address", recorded.url, asked.url))
        if before != now
    ]
    before, now = matched_body(recorded.body, matching), matched_body(asked.body, matching)
    alike = 0
    for path, old, new in _body_differences(json_of(before), json_of(now), before, now):
        alike = alike or _common(old, new)
        differences.append(f"{path}: recorded {_around(old, new)}, asked {_around(new, old)}")
    return _Near(recorded, differences, alike)


def _body_differences(recorded: Any, asked: Any, raw_recorded: bytes, raw_asked: bytes) -> Iterator[tuple[str, Any, Any]]:
    if recorded is NOT_JSON or asked is NOT_JSON:
        if raw_recorded != raw_asked:
            yield "the body", raw_recorded.decode("utf-8", "replace"), raw_asked.decode("utf-8", "replace")
        return
    before, now = dict(_leaves(recorded)), dict(_leaves(asked))
    for path in dict.fromkeys((*now, *before)):
        old, new = before.get(path, _ABSENT), now.get(path, _ABSENT)
        if old is new or (type(old) is type(new) and old == new):
            continue
        yield path, old, new


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, by its path; an empty object or list is one. At most `_COMPARED_LEAVES`."""
    left = _COMPARED_LEAVES
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting and left:
        path, inner = waiting.pop()
        if isinstance(inner, dict) and inner:
            waiting += [(f"{path}.{key}" if path else key, child) for key, child in reversed(inner.items())]
        elif isinstance(inner, list) and inner:
            waiting += [(f"{path}[{at}]", inner[at]) for at in reversed(range(len(inner)))]
        else:
            left -= 1
            yield path or "the body", inner


def _common(old: Any, new: Any) -> int:
    if not (isinstance(old, str) and isinstance(new, str)):
        return 0
    return next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)))


def _around(text: Any, other: Any) -> str:
    """A value as JSON would show it, cut to where it begins to differ from `other`."""
    if not isinstance(text, str):
        return repr(text)[:_SHOWN_CHARACTERS]
    start = max(0, _common(text, other) - _SHOWN_CHARACTERS // 4)
    end = start + _SHOWN_CHARACTERS
    return repr(f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}")
