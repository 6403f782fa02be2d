"""LangSmith: examples as the SDK and the API give them, and exports of datasets (JSON, JSON Lines, CSV).

Source: `langsmith.schemas.Example` (langsmith 0.15).
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

NAME = "langsmith"
_SOURCE_KEYS = ("id", "dataset_id", "source_run_id", "created_at", "modified_at")
_READ = frozenset({*_SOURCE_KEYS, "inputs", "outputs", "metadata", "split", "name"})
_PREFIXES = {"inputs": ("inputs.", "inputs_", "input_", "input."), "outputs": ("outputs.", "outputs_", "output_", "output.")}


def import_langsmith(documents: Sequence[Document], options: Options) -> Imported:
    """Raises `NotOfFormat` and `TooMuch`."""
    notes = Notes()
    drafts = []
    for document in documents:
        prefix = f"{document.label}: " if len(documents) > 1 else ""
        for place, record in records_of(document, "examples"):
            example = from_table(record, _PREFIXES) if document.form == "table" else record
            drafts.append(_draft(example, f"{prefix}{place}", file_name(document), notes))
    return finish(NAME, drafts, notes, options.usable)


def _draft(example: Mapping[str, Any], place: str, file: str, notes: Notes) -> Draft:
    if "inputs" not in example:
        raise NotOfFormat("has no `inputs`", place)
    question = question_of(example["inputs"])
    draft = Draft(place, question, name=str(example.get("id") or ""), fallback=name_from_content(NAME, question))
    put_expected(draft, example.get("outputs"))
    metadata = example.get("metadata")
    source = {"file": file, **{key: example[key] for key in _SOURCE_KEYS if example.get(key) is not None}}
    draft.metadata = {**(metadata if isinstance(metadata, dict) else {}), NAME: source}
    draft.tags = [NAME, *(f"split:{name}" for name in _splits(example, metadata))]
    for key in sorted(example.keys() - _READ):
        if example[key] not in (None, {}, [], ""):
            notes.lost(f"`{key}` of an example not carried over", place)
    return draft


def _splits(example: Mapping[str, Any], metadata: Any) -> list[str]:
    """The splits of an example stand in its metadata; exports may name them beside."""
    found = metadata.get("dataset_split") if isinstance(metadata, Mapping) else None
    found = found or example.get("split")
    listed = [found] if isinstance(found, str) else found
    return [name for name in listed if isinstance(name, str) and name] if isinstance(listed, list) else []
