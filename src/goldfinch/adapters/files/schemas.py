"""JSON Schemas of what is read and written as msgspec structures, as `docs/schemas` publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: type, words: str, *, version: int | None = None, title: str | None = None, **more: Any) -> dict[str, Any]:
    """The schema (draft 2020-12) of `kind`, described by `words`; `version` is the only `schema_version`, `more` stands at the top.

    It is as open as `kind`: a reader of runs passes over keys that it does not know, so that later versions may add some.
    """
    schema = msgspec.json.schema(kind)
    definitions: Mapping[str, Any] = schema["$defs"]
    top = {**definitions[kind.__name__], "title": title or kind.__name__}
    if version is not None:
        top["properties"]["schema_version"]["const"] = version
    others = {name: definition for name, definition in definitions.items() if name != kind.__name__}
    whole = {"$schema": DRAFT, **top, "description": words, **more} | ({"$defs": others} if others else {})
    plain: dict[str, Any] = msgspec.to_builtins(whole)
    return plain
