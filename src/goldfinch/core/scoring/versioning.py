"""Versions of metrics: two scores are compared only where they were made on equal terms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any


def version_with(version: str, configuration: Mapping[str, Any]) -> str:
    """`version` joined with a short hash of `configuration`; `version` alone where that is empty.

    Independent of the order of keys. Raises `TypeError` for a value that has no stable text form.
    """
    if not configuration:
        return version
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"), default=_plain)
    return f"{version}-{sha256(text.encode()).hexdigest()[:8]}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no stable text form")
