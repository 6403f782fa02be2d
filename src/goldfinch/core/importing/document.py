"""A file of another tool, read and not yet understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Form = Literal["tree", "rows", "table", "inspect"]
"""`tree`: one JSON or YAML value. `rows`: a list of values, one a line. `table`: the rows of a CSV file, all cells text. `inspect`: an
Inspect log, from an archive or from JSON, without its events."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that a promptfoo configuration names and that is not read: why. `missing` where there is no such file."""

    why: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """`label` is the path as the user typed it; `lines` says on which line each row begins.

    `files` holds what the values of the document name as `file://…`: the name, and the documents behind it or why there is none.
    """

    label: str
    form: Form
    value: Any
    lines: tuple[int, ...] = ()
    files: Mapping[str, tuple[Document, ...] | Refused] = field(default_factory=dict)
    text: str | None = None
    """The file's text, for a file that is one (a prompt, a document)."""


def file_name(document: Document) -> str:
    """The name of the file without its folders, which are those of one machine."""
    return document.label.replace("\\", "/").rsplit("/", 1)[-1]


class NotOfFormat(ValueError):
    """The document does not have the shape that its tool writes; `place` is inside the document, which `label` names where it is known."""

    def __init__(self, what: str, place: str = "", *, label: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.label = label


class TooMuch(ValueError):
    """The documents hold more than an import takes."""


def records_of(document: Document, name: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every object of a document that is a list of them, with its place: `line 3`, or `name[3]`. Raises `NotOfFormat`."""
    value = document.value
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value, name = value["data"], "data"
    elif isinstance(value, dict) and isinstance(value.get("examples"), list):
        value, name = value["examples"], "examples"
    elif isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise NotOfFormat("holds no list of objects", label=document.label)
    found = []
    for index, item in enumerate(value):
        place = f"line {document.lines[index]}" if document.lines else f"{name}[{index}]"
        if not isinstance(item, dict):
            raise NotOfFormat("holds something that is no object", place, label=document.label)
        found.append((place, item))
    return found
