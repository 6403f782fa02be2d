"""Secrets in an event stream, where a model gives them in pieces: `sk-pr`, `oj-Zq`, `81hV` in three events are one key."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.bodies import NOT_JSON, json_of

Path = tuple[str | int, ...]

_NUMBERS = ("index", "output_index", "content_index")
"""How events say to which of several texts at the same place a piece belongs: choices, blocks and tool calls that come side by side."""


def scrubbed_stream(chunks: Sequence[bytes], redact: Redactor) -> tuple[bytes, ...]:
    """The pieces of a stream as they came; where they hold a secret, in one event or over several, one piece per event without it.

    The text at each place of the events' JSON (`choices.0.delta.content`) is joined over all events and looked at as a whole. A place
    that held a secret has its whole text, redacted, in its first event.
    """
    whole = b"".join(chunks)
    events = _events(whole)
    values = [_data_of(event) for event in events]
    masked = _masked_places(values, redact)
    text = whole.decode("utf-8", "surrogateescape")
    if not masked and redact(text) == text and all(redact.value(value) == value for value in values if value is not None):
        return tuple(chunk for chunk in chunks if chunk)
    return tuple(_rewritten(event, value, masked, redact) for event, value in zip(events, values, strict=True))


def _events(whole: bytes) -> list[bytes]:
    """The blocks of a stream, each with the blank line that ends it."""
    lines = whole.splitlines(keepends=True)
    events: list[bytes] = []
    block: list[bytes] = []
    for line in lines:
        block.append(line)
        if not line.strip(b"\r\n"):
            events.append(b"".join(block))
            block = []
    return [*events, b"".join(block)] if block else events


def _data_of(event: bytes) -> Any:
    """The JSON of an event, None where it holds none."""
    lines = (line for line in event.splitlines() if line.startswith(b"data:"))
    data = b"\n".join(line[5:].removeprefix(b" ") for line in lines)
    value = json_of(data)
    return None if value is NOT_JSON else value


def _masked_places(values: Sequence[Any], redact: Redactor) -> dict[Path, str]:
    """The places whose joined text holds a secret, with that text redacted."""
    pieces: defaultdict[Path, list[str]] = defaultdict(list)
    for value in values:
        for path, text in _texts(value):
            pieces[path].append(text)
    joined = {path: "".join(texts) for path, texts in pieces.items() if len(set(texts)) > 1}
    return {path: clean for path, text in joined.items() if (clean := redact(text)) != text}


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        path = _of_its_own(value, path)
        for key, child in value.items():
            yield from _texts(child, (*path, key))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from _texts(child, (*path, at))


def _of_its_own(value: dict[str, Any], path: Path) -> Path:
    return (*path, *(number for name in _NUMBERS if isinstance(number := value.get(name), int)))


def _rewritten(event: bytes, value: Any, masked: dict[Path, str], redact: Redactor) -> bytes:
    if value is None:
        return redact(event.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    clean = redact.value(_replaced(value, (), masked))
    others = [line.decode("utf-8", "replace") for line in event.splitlines() if line and not line.startswith(b"data:")]
    return redact("\n".join([*others, f"data: {json.dumps(clean)}", "", ""])).encode("utf-8", "surrogateescape")


def _replaced(value: Any, path: Path, masked: dict[Path, str]) -> Any:
    if isinstance(value, str) and path in masked:
        text, masked[path] = masked[path], ""
        return text
    if isinstance(value, dict):
        path = _of_its_own(value, path)
        return {key: _replaced(child, (*path, key), masked) for key, child in value.items()}
    if isinstance(value, list):
        return [_replaced(child, (*path, at), masked) for at, child in enumerate(value)]
    return value
