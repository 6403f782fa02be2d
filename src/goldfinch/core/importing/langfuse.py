"""Langfuse: dataset items as the API and the SDK give them, and exports from its pages (JSON, CSV).

Source: `langfuse.api.DatasetItem` (langfuse 5.0), and the export of dataset items in langfuse's worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goldfinch.core.importing.document import Document, NotOfFormat, file_name, records_of
from goldfinch.core.importing.draft import Draft
from goldfinch.core.importing.expected_values import put_expected, question_of
from goldfinch.core.importing.finishing import Imported, finish
from goldfinch.core.importing.ids import name_from_content
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.options import Options
from goldfinch.core.importing.tables import from_table

NAME = "langfuse"
_SPELLINGS = {
    "expected_output": "expectedOutput",
    "source_trace_id": "sourceTraceId",
    "source_observation_id": "sourceObservationId",
    "dataset_id": "datasetId",
    "dataset_name": "datasetName",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "media_references": "mediaReferences",
}
"""The SDK's models name their fields with underscores, API and exports do not."""
_SOURCE_KEYS = (
    *("id", "datasetId", "datasetName", "sourceTraceId", "sourceObservationId", "createdAt", "updatedAt", "version"),
    *("htmlSourcePath", "projectId", "validFrom"),
)
_READ = frozenset({*_SOURCE_KEYS, "input", "expectedOutput", "metadata", "status"})


def import_langfuse(documents: Sequence[Document], options: Options) -> Imported:
    """Raises `NotOfFormat` and `TooMuch`."""
    notes = Notes()
    drafts = []
    for document in documents:
        prefix = f"{document.label}: " if len(documents) > 1 else ""
        for place, record in records_of(document, "items"):
            plain = from_table(record, {}) if document.form == "table" else record
            item = {_SPELLINGS.get(key, key): value for key, value in plain.items()}
            if "input" not in item:
                raise NotOfFormat("has no `input`", f"{prefix}{place}")
            if item.get("status") == "ARCHIVED":
                notes.lost("archived item left out", f"{prefix}{place}")
            else:
                drafts.append(_draft(item, f"{prefix}{place}", file_name(document), notes))
    return finish(NAME, drafts, notes, options.usable)


def _draft(item: Mapping[str, Any], place: str, file: str, notes: Notes) -> Draft:
    question = question_of(item["input"])
    draft = Draft(place, question, name=str(item.get("id") or ""), fallback=name_from_content(NAME, question))
    put_expected(draft, item.get("expectedOutput"))
    metadata = item.get("metadata")
    source = {"file": file, **{key: item[key] for key in _SOURCE_KEYS if item.get(key) not in (None, "")}}
    if isinstance(metadata, dict):
        draft.metadata = dict(metadata)
    elif metadata not in (None, ""):
        source["metadata"] = metadata
    draft.metadata[NAME] = source
    draft.tags = [NAME]
    for key in sorted(item.keys() - _READ):
        if item[key] not in (None, {}, [], ""):
            notes.lost(f"`{key}` of an item not carried over", place)
    return draft
