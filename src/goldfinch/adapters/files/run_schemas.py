"""The JSON Schemas of a run's files, for programs that read them."""

from __future__ import annotations

from typing import Any

import msgspec

from goldfinch.core.results.manifest import SCHEMA_VERSION, Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary

_FILES: dict[str, tuple[type, str]] = {
    "manifest": (Manifest, "manifest.json of a run: who made it, from what, with which settings."),
    "output": (OutputRecord, "A line of outputs.jsonl: one answer. The last line of a (case_id, trial) counts."),
    "result": (ScoreRecord, "A line of results.jsonl: the scores of one answer. The last line of a (case_id, trial) counts."),
    "summary": (Summary, "summary.json of a run: every mean with its count, its 95 % interval and what is missing beside it."),
}


def run_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas (draft 2020-12) by name, as `docs/schemas/<name>.schema.json` publishes them.

    They are open: a reader passes over keys that it does not know, so that later versions may add some.
    """
    return {name: _schema(kind, words) for name, (kind, words) in _FILES.items()}


def _schema(kind: type, words: str) -> dict[str, Any]:
    schema = msgspec.json.schema(kind)
    definitions = schema["$defs"]
    top = definitions.pop(kind.__name__)
    if "schema_version" in top["properties"]:
        top["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "description": words, "$defs": definitions}
    plain: dict[str, Any] = msgspec.to_builtins(whole)
    return plain
