"""The files that a promptfoo configuration names, read where they are data inside its folder; code is never run.

Source: promptfoo 0.123 follows `file://…` in tests, variables, prompts and assertions, relative to the configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.dataset_layout import leaves_folder
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.core.datasets.limits import MAX_CASE_BYTES
from goldfinch.core.importing.document import Document, Refused
from goldfinch.core.importing.limits import MAX_REFERENCES

DATA = (".csv", ".json", ".jsonl", ".yaml", ".yml")
TEXT = (".txt", ".md", ".j2", ".njk")
_CODE = re.compile(r"\.(?:js|cjs|mjs|ts|cts|mts|py|rb|go)(?::[\w.]+)?$")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://")
_FILE = "file://"
_PATTERN = frozenset("*?[")
_NAMING_KEYS = ("tests", "prompts", "defaultTest")
"""Keys of a configuration whose texts may name files without `file://`."""

Read = Callable[[SourceFile], Document]


def read_references(document: Document, folder: Path, read: Read) -> dict[str, tuple[Document, ...] | Refused]:
    """Every name in the document's values, with what is behind it; names inside the files read are followed too."""
    found: dict[str, tuple[Document, ...] | Refused] = {}
    waiting = list(_names(document.value, top=True))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if len(found) >= MAX_REFERENCES:
            found[name] = Refused(f"more than {MAX_REFERENCES} files are named")
            continue
        found[name] = behind = _behind(name, folder, read)
        for one in behind if isinstance(behind, tuple) else ():
            waiting.extend(_names(one.value, top=False))
    return found


def _names(value: Any, *, top: bool) -> Iterator[str]:
    if top and isinstance(value, dict):
        for key in _NAMING_KEYS:
            yield from _plain_names(value.get(key))
    yield from _marked_names(value)


def _plain_names(value: Any) -> Iterator[str]:
    """Texts that look like the name of a file, alone, in a list, or as `path`, `id` or `raw` of an object."""
    if isinstance(value, list):
        for item in value:
            yield from _plain_names(item)
    elif isinstance(value, dict):
        for key in ("path", "id", "raw"):
            if isinstance(value.get(key), str):
                yield from _plain_names(value[key])
    elif isinstance(value, str) and _looks_like_a_name(value):
        yield value


def _looks_like_a_name(text: str) -> bool:
    if len(text) >= 300 or "\n" in text or "{{" in text:
        return False
    return bool(text.endswith((*DATA, *TEXT)) or _CODE.search(text) or _ELSEWHERE.match(text))


def _marked_names(value: Any) -> Iterator[str]:
    """Every `file://…`, and the texts of `vars` that is no object; without recursion, for the values may be deep."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            if one.startswith(_FILE):
                yield one
        elif isinstance(one, dict):
            named = one.get("vars")
            yield from (text for text in (named if isinstance(named, list) else [named]) if isinstance(text, str))
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)


def _behind(name: str, folder: Path, read: Read) -> tuple[Document, ...] | Refused:
    path = name.removeprefix(_FILE).removeprefix("./")
    refusals = {
        "it is not on this machine": _ELSEWHERE.match(path),
        "its name is a template": "{{" in path,
        "it is code, which is not run": _CODE.search(path),
        "its format is not read": not path.lower().endswith((*DATA, *TEXT)),
        "it is outside the folder of the configuration": leaves_folder(path),
    }
    for why, applies in refusals.items():
        if applies:
            return Refused(why)
    try:
        documents = tuple(_read_one(found, folder, read) for found in _matching(path, folder))
    except Unreadable as error:
        return Refused(error.what)
    except (OSError, ValueError) as error:
        return Refused(f"it cannot be read: {error}"[:200].splitlines()[0])
    return documents or Refused("there is no such file", missing=True)


def _matching(path: str, folder: Path) -> Iterator[Path]:
    if _PATTERN.isdisjoint(path):
        if (folder / path).is_file():
            yield folder / path
        return
    for count, found in enumerate(sorted(folder.glob(path))):
        if count >= MAX_REFERENCES:
            raise Unreadable("", f"it names more than {MAX_REFERENCES} files")
        yield found


def _read_one(path: Path, folder: Path, read: Read) -> Document:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("", "it is outside the folder of the configuration")
    document = read(SourceFile(path, path.relative_to(folder).as_posix()))
    return replace(document, text=_compact(document.value)) if document.form == "tree" else document


def _compact(value: Any) -> str | None:
    """What promptfoo puts in the place of a variable that names a JSON or YAML file: the value as one text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if text_size(value) <= MAX_CASE_BYTES else None


def text_size(value: Any) -> int:
    """Characters of all texts in `value`, and one for each other part. YAML's aliases share a text that is written out each time."""
    stack, size = [value], 0
    while stack:
        one = stack.pop()
        size += len(one) + 1 if isinstance(one, str) else 1
        if isinstance(one, dict):
            stack.extend(one.values())
            size += sum(map(len, one))
        elif isinstance(one, list):
            stack.extend(one)
    return size
