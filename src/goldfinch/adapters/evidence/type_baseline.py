"""The type errors that are known and tolerated, by place: `"errors": {"src/a.py [arg-type]": 2}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from goldfinch.adapters.evidence.reading import damaged, json_of, mapping, whole

SCHEMA_VERSION = 1
_KIND = "baseline of type errors"


def read_type_baseline(path: Path) -> dict[str, int]:
    """Known errors by `file [code]`. Raises `EvidenceUnreadable`."""
    document = mapping(json_of(path, kind=_KIND), path, _KIND)
    if document.get("kind") != "type_baseline" or document.get("schema_version") != SCHEMA_VERSION:
        raise damaged(path, _KIND, f"`kind: type_baseline` or `schema_version: {SCHEMA_VERSION}` is missing")
    errors = mapping(document.get("errors"), path, _KIND, "errors")
    counts = {place: whole(count) for place, count in errors.items()}
    known = {place: count for place, count in counts.items() if count is not None}
    if len(known) != len(counts):
        raise damaged(path, _KIND, "a place has something that is no count")
    return known


def type_baseline_bytes(errors: Mapping[str, int]) -> bytes:
    """The file's content, sorted, so that a diff shows what changed."""
    document = {"schema_version": SCHEMA_VERSION, "kind": "type_baseline", "errors": dict(sorted(errors.items()))}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
