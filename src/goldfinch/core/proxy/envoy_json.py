"""Small pieces of Envoy's configuration that several of its parts are made of, in the JSON form of its protobuf messages."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

Json = dict[str, Any]


def typed(message: str, **fields: Any) -> Json:
    """A message that says its type."""
    return {"@type": f"type.googleapis.com/envoy.{message}", **fields}


def extension(name: str, message: str, **fields: Any) -> Json:
    """A part of Envoy that is chosen by name."""
    return {"name": f"envoy.{name}", "typed_config": typed(message, **fields)}


def header_set(name: str, value: str) -> Json:
    """Takes the place of whatever was there."""
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def header_added(name: str, value: str) -> Json:
    """Beside whatever is there: cookies."""
    return {"header": {"key": name, "value": value}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


def in_seconds(length: timedelta) -> str:
    """As protobuf writes a duration in JSON."""
    return f"{length.total_seconds():.3f}s"


def encoded(value: Json) -> bytes:
    """The same value is the same bytes, everywhere."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True).encode() + b"\n"


def discovery(resources: list[Json]) -> Json:
    """A file of resources. The version follows from the content alone: what Envoy says that it serves is compared with what it should."""
    return {"version_info": sha256(encoded({"resources": resources})).hexdigest()[:16], "resources": resources}
