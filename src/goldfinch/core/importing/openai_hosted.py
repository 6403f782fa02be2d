"""Exports of OpenAI's hosted Evals: an eval with its graders, its data (`{"item": …}`), a run with its prompt, and a run's output items.

Source: the types of the `openai` package 3.54 (`openai.types.evals`, `openai.types.graders`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from goldfinch.core.importing import checks
from goldfinch.core.importing.chat import as_input, messages_of
from goldfinch.core.importing.document import Document, NotOfFormat, file_name, records_of
from goldfinch.core.importing.draft import Draft
from goldfinch.core.importing.ids import name_from_content
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.options import Options
from goldfinch.core.importing.templates import NotRendered, render

_OUTPUTS = frozenset({"{{sample.output_text}}", "{{sample.output_json}}"})
Record = Mapping[str, Any]


def is_hosted(document: Document) -> bool:
    """Whether the document is one of the hosted API's."""
    value = document.value
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping) and isinstance(first.get("data"), list) and first["data"]:
        first = first["data"][0]
    return isinstance(first, Mapping) and (isinstance(first.get("item"), Mapping) or str(first.get("object", "")).startswith("eval"))


class Hosted:
    """The parts of an eval, from however many files they come in."""

    def __init__(self, documents: Sequence[Document], notes: Notes, options: Options) -> None:
        self._notes = notes
        self._options = options
        self._criteria: list[Record] = []
        self._template: list[Any] | None = None
        self._rows: list[tuple[str, str, Record, Record]] = []
        for document in documents:
            prefix = f"{document.label}: " if len(documents) > 1 else ""
            for place, record in records_of(document):
                self._take(record, f"{prefix}{place}", file_name(document))

    def drafts(self) -> list[Draft]:
        if self._template is None and self._rows and not any(self._asked(sample) for _, _, _, sample in self._rows):
            self._notes.changed("no prompt is in the files (a run has it): the input is the item without its reference", "input")
        chosen = self._options.chosen(str(sample["model"]) for _, _, _, sample in self._rows if sample.get("model"))
        return [self._draft(place, file, item, sample, chosen) for place, file, item, sample in self._rows]

    def _take(self, record: Record, place: str, file: str) -> None:
        kind = record.get("object")
        if kind == "eval":
            criteria = record.get("testing_criteria")
            self._criteria += [one for one in criteria if isinstance(one, Mapping)] if isinstance(criteria, list) else []
        elif kind == "eval.run":
            self._take_run(record, place, file)
        elif kind == "eval.run.output_item":
            self._rows.append((place, file, _mapping(record.get("datasource_item")), _mapping(record.get("sample"))))
        elif isinstance(record.get("item"), Mapping):
            self._rows.append((place, file, record["item"], _mapping(record.get("sample"))))
        else:
            raise NotOfFormat("has neither `item` nor a known `object`", place)

    def _take_run(self, run: Record, place: str, file: str) -> None:
        source = _mapping(run.get("data_source"))
        template = _mapping(source.get("input_messages")).get("template")
        if isinstance(template, list):
            self._template = template
        content = _mapping(source.get("source")).get("content")
        for index, row in enumerate(content if isinstance(content, list) else []):
            item = _mapping(_mapping(row).get("item"))
            self._rows.append((f"{place}.data_source.source.content[{index}]", file, item, _mapping(_mapping(row).get("sample"))))

    def _asked(self, sample: Record) -> list[dict[str, Any]] | None:
        return messages_of(sample.get("input"))

    def _draft(self, place: str, file: str, item: Record, sample: Record, chosen: str | None) -> Draft:
        if isinstance(item.get("item"), Mapping):
            item = item["item"]  # output items repeat the whole row
        question = self._question(place, item, sample)
        draft = Draft(place, question, name=str(item.get("id") or ""), fallback=name_from_content("openai-evals", item))
        for index, criterion in enumerate(self._criteria):
            self._add(draft, criterion, item, f"testing_criteria[{index}]")
        draft.metadata = {"openai-evals": {"file": file, "item": dict(item)}}
        draft.tags = ["openai-evals"]
        if chosen is not None and sample.get("model") == chosen:
            draft.recorded.append(_recorded(sample))
        return draft

    def _question(self, place: str, item: Record, sample: Record) -> Any:
        if self._template is not None:
            try:
                return self._rendered(item)
            except NotRendered as why:
                self._notes.changed(f"prompt that uses {why}: the input is the item", place)
        elif (messages := self._asked(sample)) is not None:
            return as_input(messages)
        references = {name for one in self._criteria for name in item if f"item.{name}" in str(one.get("reference", ""))}
        rest = {name: value for name, value in item.items() if name not in references and name != "id"}
        return next(iter(rest.values())) if len(rest) == 1 else rest

    def _rendered(self, item: Record) -> Any:
        messages = messages_of(self._template)
        if messages is None:
            raise NotRendered("messages of an unknown form")
        filled = [
            {**one, "content": render(one["content"], {"item": item})} if isinstance(one["content"], str) else one for one in messages
        ]
        return as_input(filled)

    def _add(self, draft: Draft, criterion: Record, item: Record, at: str) -> None:
        kind = str(criterion.get("type"))
        try:
            why = _put(draft, kind, criterion, item, at)
        except NotRendered as error:
            why = f"it uses {error}"
        if why is not None:
            draft.lost = True
            self._notes.lost(f"{kind[:40]} not carried over{f' ({why})' if why else ''}", at)
        elif kind in _SAID:
            self._notes.changed(f"{kind} {_SAID[kind]}", at)
        if criterion.get("pass_threshold") is not None:
            self._notes.lost(f"`pass_threshold` of {kind} not carried over", at)


def _put(draft: Draft, kind: str, criterion: Record, item: Record, at: str) -> str | None:
    """Put one grader into `draft`; what it says is why it could not be."""
    if kind in ("score_model", "label_model"):
        return _put_rubric(draft, criterion, item)
    if kind not in ("string_check", "text_similarity"):
        return ""
    reference = render(str(criterion.get("reference", "")), {"item": item})
    if "".join(str(criterion.get("input", "")).split()) not in _OUTPUTS or not reference:
        return "it does not compare the whole answer with a text"
    if kind == "text_similarity":
        return None if checks.expect_similar(draft, [reference], at) else "the case has an expected answer already"
    return _put_string_check(draft, str(criterion.get("operation")), reference, at)


def _put_string_check(draft: Draft, operation: str, reference: str, at: str) -> str | None:
    if operation == "eq":
        checks.expect_equal(draft, reference, at)
    elif operation in ("like", "ilike"):
        checks.expect_all(draft, [reference], at, ignore_case=operation == "ilike")
    elif operation == "ne":
        checks.expect_different(draft, reference, at)
    else:
        return f"unknown operation {operation[:40]}"
    return None


_SAID = {
    "score_model": "kept as rubric; a judge has to score it",
    "label_model": "kept as rubric; a judge has to score it",
    "text_similarity": "kept as expected.answer, reported by token_f1",
}


def _put_rubric(draft: Draft, criterion: Record, item: Record) -> str | None:
    """What the grader's model is told, with the answer's place left open."""
    messages = messages_of(criterion.get("input"))
    texts = [one["content"] for one in messages or [] if isinstance(one["content"], str)]
    sample = {"output_text": "the answer", "output_json": "the answer"}
    rendered = [render(text, {"item": item, "sample": sample}).strip() for text in texts]
    if not any(rendered):
        return "it has no text"
    draft.rubrics.append("\n".join(filter(None, rendered)))
    return None


def _recorded(sample: Record) -> dict[str, Any]:
    line: dict[str, Any] = {"model": sample["model"]}
    output = messages_of(sample.get("output"))
    text = sample.get("output_text")
    if isinstance(text, str):
        line["text"] = text
    elif output is not None:
        content = output[-1]["content"]
        line["text"] = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    else:
        line["error"] = {"kind": "provider_error", "message": "no output was recorded"}
    usage = _mapping(sample.get("usage"))
    counts = {"input_tokens": usage.get("prompt_tokens"), "output_tokens": usage.get("completion_tokens")}
    line |= {key: count for key, count in counts.items() if isinstance(count, int) and not isinstance(count, bool) and count >= 0}
    if isinstance(sample.get("finish_reason"), str):
        line["finish_reason"] = sample["finish_reason"]
    return line


def _mapping(value: Any) -> Record:
    return value if isinstance(value, Mapping) else {}
