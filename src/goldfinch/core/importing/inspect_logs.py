"""Inspect logs: samples as cases, and what the model answered as recorded answers.

Source: `inspect_ai.log.EvalLog` and `EvalSample` (inspect-ai 0.3.285).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from goldfinch.core.importing.chat import as_input, messages_of
from goldfinch.core.importing.document import Document, NotOfFormat, file_name
from goldfinch.core.importing.draft import REPORTED_ONLY, Draft, Need
from goldfinch.core.importing.finishing import Imported, finish
from goldfinch.core.importing.ids import name_from_content
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.options import Options

NAME = "inspect"
SAMPLE_KEYS = (
    *("id", "epoch", "input", "choices", "target", "metadata", "messages", "output", "scores", "model_usage"),
    *("total_time", "working_time", "error", "limit", "attachments", "sandbox", "files", "setup"),
)
"""The keys of a sample that are read; its events, by far the most of a log, are not."""
_ATTACHMENT = "attachment://"
_MARKS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Correct, partial, incorrect, no answer, as `inspect_ai.scorer.value_to_float` counts them."""
_STOPPED = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}


def import_inspect(documents: Sequence[Document], options: Options) -> Imported:
    """Raises `NotOfFormat`, `TooMuch` and `SeveralModels`."""
    notes = Notes()
    chosen = options.chosen(_model(document) for document in documents)
    drafts: dict[tuple[str, str], Draft] = {}
    for document in documents:
        header = _mapping(document.value.get("eval"))
        needs = _needs(header, notes)
        prefix = f"{document.label}: " if len(documents) > 1 else ""
        for place, sample in _samples(document):
            key = (str(header.get("task")), repr(sample.get("id")))
            if key not in drafts:
                drafts[key] = _draft(sample, f"{prefix}{place}", document, needs, notes)
            drafts[key].metadata[NAME]["scores"].append(_scores(sample))
            if chosen is not None and _model(document) == chosen:
                drafts[key].recorded.append(_recorded(sample, chosen, f"{prefix}{place}", notes))
    return finish(NAME, list(drafts.values()), notes, options.usable)


def _model(document: Document) -> str:
    return str(_mapping(document.value.get("eval")).get("model") or "unknown")


def _samples(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every sample in the order of the dataset, the epochs of one behind each other."""
    samples = document.value.get("samples")
    if not isinstance(samples, list):
        return
    for index, sample in enumerate(samples):
        if not isinstance(sample, Mapping) or "input" not in sample:
            raise NotOfFormat("is no sample", f"samples[{index}]", label=document.label)
    listed = _mapping(_mapping(document.value.get("eval")).get("dataset")).get("sample_ids")
    order = {repr(name): index for index, name in enumerate(listed if isinstance(listed, list) else [])}
    for sample in sorted(samples, key=lambda one: (order.get(repr(one.get("id")), len(order)), _number(one.get("epoch")) or 0)):
        epoch = _number(sample.get("epoch")) or 1
        yield f"sample {str(sample.get('id'))[:60]}{f' epoch {epoch:g}' if epoch > 1 else ''}", sample


def _draft(sample: Mapping[str, Any], place: str, document: Document, needs: Sequence[Need], notes: Notes) -> Draft:
    resolved = _resolved(sample)
    messages = messages_of(resolved["input"]) if isinstance(resolved["input"], list) else None
    question = resolved["input"] if messages is None else as_input(messages)
    choices = resolved.get("choices")
    if isinstance(choices, list) and choices:
        question = _with_choices(question, choices, place, notes)
    name = sample.get("id")
    draft = Draft(place, question, name="" if name is None else str(name), fallback=name_from_content(NAME, question))
    _put_target(draft, resolved.get("target"), needs)
    header = _mapping(document.value.get("eval"))
    source: dict[str, Any] = {"file": file_name(document), "task": header.get("task"), "model": header.get("model"), "scores": []}
    if choices:
        source["choices"] = choices
    metadata = sample.get("metadata")
    draft.metadata = {**(metadata if isinstance(metadata, dict) else {}), NAME: source}
    draft.tags = [NAME]
    for key in ("sandbox", "files", "setup"):
        if sample.get(key):
            notes.lost(f"`{key}` of a sample not carried over", place)
    return draft


def _with_choices(question: Any, choices: list[Any], place: str, notes: Notes) -> Any:
    """The question with its choices below it, as Inspect's `multiple_choice` asks them."""
    if not isinstance(question, str) or len(choices) > len(ascii_uppercase):
        notes.changed("choices kept in metadata only", place)
        return question
    notes.changed("choices written below the question, as A) B) C)", place)
    return question + "\n\n" + "\n".join(f"{letter}) {choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False))


def _put_target(draft: Draft, target: Any, needs: Sequence[Need]) -> None:
    listed = target if isinstance(target, list) else [target]
    texts = [text for text in listed if isinstance(text, str) and text]
    draft.answers.extend(dict.fromkeys(texts))
    for need in needs if texts else ():
        draft.claim(need)


def _needs(header: Mapping[str, Any], notes: Notes) -> tuple[Need, ...]:
    """The scorer that the first of the log's scorers corresponds to; a target is read in one way."""
    found: list[Need] = []
    scorers = header.get("scorers")
    for scorer in scorers if isinstance(scorers, list) else []:
        name = str(_mapping(scorer).get("name", "")).rpartition("/")[2]
        options = _mapping(_mapping(scorer).get("options"))
        kind, ours, how = _SCORERS.get(name, ("", {}, ""))
        if not kind:
            notes.lost(f"scorer {name[:60]} not carried over", "eval.scorers")
        elif found:
            notes.lost(f"scorer {name} not carried over: the target is read by {found[0].kind} already", "eval.scorers")
        else:
            found.append(Need(kind, {**ours, **({"ignore_case": False} if options.get("ignore_case") is False else {})}, "answer"))
            if how:
                notes.changed(f"scorer {name} {how}", "eval.scorers")
    return tuple(found)


_ANYWHERE = "is scored by `contains`: anywhere in the answer"
_SCORERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "includes": ("contains", {"whole_words": False}, ""),
    "match": ("contains", {"ignore_punctuation": True}, f"{_ANYWHERE}, where match looks at one end only"),
    "exact": ("exact", {"ignore_case": True, "ignore_punctuation": True}, ""),
    "f1": ("token_f1", REPORTED_ONLY, "is reported by token_f1"),
    "answer": ("contains", {}, f"{_ANYWHERE}, without looking for `ANSWER:`"),
    "choice": ("contains", {"ignore_case": False}, f"{_ANYWHERE}, as a letter that stands alone"),
    **dict.fromkeys(
        ("model_graded_qa", "model_graded_fact"),
        ("token_f1", REPORTED_ONLY, "is reported by token_f1; a judge has to do what its model did"),
    ),
}
"""Our scorer, its options, and what the note says where it is not the same."""


def _recorded(sample: Mapping[str, Any], model: str, place: str, notes: Notes) -> dict[str, Any]:
    """A line of a recorded-answers file: answer, trajectory, usage, time, and the scores that Inspect gave, as `reported`."""
    resolved = _resolved(sample)
    output = _mapping(resolved.get("output"))
    line: dict[str, Any] = {"model": str(output.get("model") or model)}
    if sample.get("error"):
        message = _mapping(sample["error"]).get("message") or "the sample ended in an error"
        line["error"] = {"kind": "provider_error", "message": str(message)[:500]}
        notes.changed("sample that ended in an error: its answer is recorded as missing", place)
        return line
    text = output.get("completion")
    line["text"] = text if isinstance(text, str) else ""
    messages = messages_of(resolved.get("messages"))
    if messages:
        line["messages"] = messages
    line |= _usage(_mapping(sample.get("model_usage")))
    seconds = _number(sample.get("working_time", sample.get("total_time")))
    if seconds is not None:
        line["latency_ms"] = round(seconds * 1000, 3)
    choices = output.get("choices")
    reason = _mapping(choices[0]).get("stop_reason") if isinstance(choices, list) and choices else None
    if isinstance(reason, str) and reason in _STOPPED:
        line["finish_reason"] = _STOPPED[reason]
    if reported := _scores(sample):
        line["reported"] = {name: value for name, value in reported.items() if isinstance(value, float)}
    return line


def _usage(by_model: Mapping[str, Any]) -> dict[str, int]:
    """Tokens of all models that took part; unknown where one of them did not count."""
    rows = [_mapping(row) for row in by_model.values()]
    found = {}
    for ours, theirs in (("input_tokens", "input_tokens"), ("output_tokens", "output_tokens")):
        counts = [count for row in rows if isinstance(count := row.get(theirs), int) and not isinstance(count, bool) and count >= 0]
        if counts and len(counts) == len(rows):
            found[ours] = sum(counts)
    return found


def _scores(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each score: a number where it is one or stands for one."""
    found: dict[str, Any] = {}
    for name, score in _mapping(sample.get("scores")).items():
        value = _mapping(score).get("value")
        found[name] = _MARKS.get(value, value) if isinstance(value, str) else value
        if isinstance(value, bool | int | float):
            found[name] = float(value)
    return found


def _resolved(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a sample whose long texts Inspect may have put aside as attachments."""
    attachments = _mapping(sample.get("attachments"))
    return {key: _attached(sample[key], attachments) for key in ("input", "choices", "target", "messages", "output") if key in sample}


def _attached(value: Any, attachments: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith(_ATTACHMENT):
        return attachments.get(value.removeprefix(_ATTACHMENT), value)
    if isinstance(value, list):
        return [_attached(item, attachments) for item in value]
    if isinstance(value, Mapping):
        return {key: _attached(item, attachments) for key, item in value.items()}
    return value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
