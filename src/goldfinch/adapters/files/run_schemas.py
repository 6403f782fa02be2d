"""The JSON Schemas of a run's files, for programs that read them."""

from __future__ import annotations

from typing import Any

from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.results.manifest import SCHEMA_VERSION, Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary

_FILES: dict[str, tuple[type, str]] = {
    "manifest": (Manifest, "manifest.json of a run: who made it, from what, with which settings."),
    "output": (OutputRecord, "A line of outputs.jsonl: one answer. The last line of a (case_id, trial) counts."),
    "result": (ScoreRecord, "A line of results.jsonl: the scores of one answer. The last line of a (case_id, trial) counts."),
    "summary": (Summary, "summary.json of a run: every mean with its count, its 95 % interval and what is missing beside it."),
}
_DOCUMENTS = ("manifest", "summary")
"""They name their version; lines need none, as the manifest beside them has it."""


def run_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas (draft 2020-12) by name, as `docs/schemas/<name>.schema.json` publishes them.

    They are open: a reader passes over keys that it does not know, so that later versions may add some.
    """
    return {name: schema_of(kind, words, version=SCHEMA_VERSION if name in _DOCUMENTS else None) for name, (kind, words) in _FILES.items()}
