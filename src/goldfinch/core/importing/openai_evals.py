"""OpenAI Evals: the classic registry (samples as JSON Lines, and the YAML that names their class) and exports of the hosted Evals API.

Source: openai/evals 3.0.1 (`evals/elsuite/basic`), and the types of the `openai` package 3.54 (`openai.types.evals`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from goldfinch.core.importing.chat import as_input, messages_of
from goldfinch.core.importing.document import Document, NotOfFormat, file_name, records_of
from goldfinch.core.importing.draft import REPORTED_ONLY, Draft, Need
from goldfinch.core.importing.finishing import Imported, finish
from goldfinch.core.importing.ids import name_from_content
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.openai_hosted import Hosted, is_hosted
from goldfinch.core.importing.options import Options

NAME = "openai-evals"
_READ = frozenset({"input", "ideal", "metadata"})
_BARE = {"whole_words": False, "collapse_whitespace": False, "normalise_unicode": False}


def import_openai_evals(documents: Sequence[Document], options: Options) -> Imported:
    """Raises `NotOfFormat` and `TooMuch`."""
    notes = Notes()
    specs = [spec for document in documents for spec in registry_specs(document.value)]
    samples = [document for document in documents if not registry_specs(document.value)]
    if any(is_hosted(document) for document in samples):
        return finish(NAME, Hosted(samples, notes, options).drafts(), notes, options.usable)
    kind, arguments = _class_of(specs, notes)
    drafts = []
    for document in samples:
        prefix = f"{document.label}: " if len(samples) > 1 else ""
        for place, sample in records_of(document, "samples"):
            draft = _draft(sample, f"{prefix}{place}", {"file": file_name(document), "place": place, "class": kind}, notes)
            _put_ideal(draft, sample.get("ideal"), kind, arguments, notes)
            drafts.append(draft)
    return finish(NAME, drafts, notes, options.usable)


def registry_specs(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The classes and arguments that a registry YAML names: `name: {class: evals…:Match, args: {…}}`."""
    if not isinstance(value, Mapping):
        return []
    entries = [item for item in value.values() if isinstance(item, Mapping) and isinstance(item.get("class"), str)]
    return [(item["class"].rpartition(":")[2], args if isinstance(args := item.get("args"), Mapping) else {}) for item in entries]


def _class_of(specs: list[tuple[str, Mapping[str, Any]]], notes: Notes) -> tuple[str, Mapping[str, Any]]:
    if not specs:
        notes.changed("no registry YAML was given: `ideal` is looked for in the answer, as Includes does", "class")
        return "Includes", {}
    kind, arguments = specs[0]
    if any(other[0] != kind for other in specs):
        raise NotOfFormat(
            f"the YAML names several classes ({', '.join(sorted({name for name, _ in specs}))}); import each with its samples"
        )
    if kind not in _CLASSES:
        notes.changed(f"class {kind[:60]} has no counterpart: `ideal` is looked for in the answer, as Includes does", "class")
    if how := _INEXACT.get(kind):
        notes.changed(f"class {kind} is scored by {how}", "class")
    for key in sorted(arguments.keys() - {"samples_jsonl", "ignore_case"}):
        notes.lost(f"argument `{key}` of class {kind} not carried over", "class")
    return kind, arguments


def _draft(sample: Mapping[str, Any], place: str, source: Mapping[str, Any], notes: Notes) -> Draft:
    if "input" not in sample:
        raise NotOfFormat("has no `input`", place)
    messages = messages_of(sample["input"])
    question = sample["input"] if messages is None else as_input(messages)
    draft = Draft(place, question, fallback=name_from_content(NAME, question))
    metadata = sample.get("metadata")
    draft.metadata = {**(metadata if isinstance(metadata, dict) else {}), NAME: source}
    draft.tags = [NAME]
    for key in sorted(sample.keys() - _READ):
        draft.metadata.setdefault(key, sample[key])
        notes.changed(f"`{key}` of a sample kept in metadata; the agent is not given it", place)
    return draft


def _put_ideal(draft: Draft, ideal: Any, kind: str, arguments: Mapping[str, Any], notes: Notes) -> None:
    listed = ideal if isinstance(ideal, list) else [] if ideal is None else [ideal]
    if kind == "JsonMatch":
        _put_json(draft, listed, notes)
        return
    texts = [text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for text in listed]
    texts = [text for text in texts if text]
    if not texts:
        return
    draft.answers.extend(dict.fromkeys(texts))
    draft.claim(_CLASSES.get(kind, _includes)(arguments))


def _put_json(draft: Draft, listed: list[Any], notes: Notes) -> None:
    if len(listed) > 1:
        draft.lost = True
        notes.lost("further ideal JSON value not carried over: a case has one", draft.place)
    try:
        draft.json = json.loads(listed[0]) if listed and isinstance(listed[0], str) else listed[0] if listed else None
    except ValueError:
        draft.lost = True
        notes.lost("ideal that is no JSON not carried over", draft.place)
    if draft.json is not None:
        draft.claim(Need("json_fields", {"count_extra_keys": True}, "json", draft.place))


def _includes(arguments: Mapping[str, Any]) -> Need:
    return Need("contains", {"ignore_case": arguments.get("ignore_case") is True, **_BARE}, "answer")


def _match(arguments: Mapping[str, Any]) -> Need:  # noqa: ARG001 - every class is asked alike
    return Need("contains", {"ignore_case": False, **_BARE}, "answer")


def _fuzzy(arguments: Mapping[str, Any]) -> Need:  # noqa: ARG001 - every class is asked alike
    return Need("contains", {"ignore_case": True, "ignore_punctuation": True, "whole_words": False}, "answer")


def _graded(arguments: Mapping[str, Any]) -> Need:  # noqa: ARG001 - every class is asked alike
    return Need("token_f1", REPORTED_ONLY, "answer")


_CLASSES = {"Match": _match, "Includes": _includes, "FuzzyMatch": _fuzzy, "JsonMatch": _includes, "ModelBasedClassify": _graded}
_INEXACT = {
    "Match": "`contains`: anywhere in the answer, where Match looks at its beginning only",
    "FuzzyMatch": "`contains` without case and punctuation; FuzzyMatch also drops articles and accepts a part of the ideal",
    "ModelBasedClassify": "`token_f1`, reported only: a judge has to do what its model did",
}
