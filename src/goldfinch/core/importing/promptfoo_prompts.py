"""The prompts of a promptfoo configuration, and what a test asks with each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goldfinch.core.importing.chat import as_input, messages_of
from goldfinch.core.importing.document import Document, Refused
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.promptfoo_assertions import Files
from goldfinch.core.importing.templates import render, resolve

_DIVIDER = "\n---\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    label: str
    template: str


def prompts_of(value: Any, files: Files, notes: Notes) -> list[Prompt]:
    """Texts, objects with `raw`, and names of files; code is noted."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return [prompt for index, item in enumerate(listed) for prompt in _prompts(item, f"prompts[{index}]", files, notes)]


def _prompts(item: Any, place: str, files: Files, notes: Notes) -> Iterator[Prompt]:
    label = ""
    if isinstance(item, Mapping):
        label = str(item.get("label") or "")
        item = item.get("raw", item.get("id"))
    if not isinstance(item, str):
        notes.lost("prompt that is no text not carried over", place)
        return
    found = files.get(item)
    if isinstance(found, Refused) and found.missing and not item.startswith("file://"):
        found = None  # a text that only looks like a name, such as "Summarise README.md"
    if isinstance(found, Refused):
        notes.lost(f"prompt {item[:80]} not carried over ({found.why})", place)
    elif found is None:
        yield Prompt(label or item, item)
    else:
        for document in found:
            yield from (Prompt(label or text, text) for text in _texts(document))


def _texts(document: Document) -> list[str]:
    """The prompts of a file: text files may hold several, with `---` between them; lists of messages become JSON."""
    if document.form == "tree":
        return [json.dumps(document.value, ensure_ascii=False)]
    return [text.strip() for text in f"\n{document.text or ''}\n".split(_DIVIDER) if text.strip()]


def asked(prompt: Prompt, variables: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """The question: the rendered prompt, or its messages where it is a list of them. Raises `NotRendered`."""
    template = f"{options.get('prefix') or ''}{prompt.template}{options.get('suffix') or ''}"
    filled = resolve(variables)
    if (messages := _messages(template, filled)) is not None:
        return as_input(messages)
    return input_of(render(template, filled))


def _messages(template: str, variables: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Messages whose texts are rendered one by one, so that a quote in a variable cannot break the JSON."""
    if not template.lstrip().startswith("["):
        return None
    try:
        messages = messages_of(json.loads(template))
    except (ValueError, RecursionError):
        return None
    if messages is None:
        return None
    return [
        {**one, "content": render(one["content"], variables) if isinstance(one["content"], str) else one["content"]} for one in messages
    ]


def input_of(text: str) -> Any:
    """A rendered prompt: its messages where it is JSON that lists them, else the text."""
    if text.lstrip().startswith("["):
        try:
            messages = messages_of(json.loads(text))
        except (ValueError, RecursionError):
            messages = None
        if messages is not None:
            return as_input(messages)
    return text
