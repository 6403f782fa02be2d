"""Request templates: JSON values in which `{{ input }}` stands for the case's input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

NAMES = ("input", "context", "case_id", "trial", "seed")
_HOLE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"^(\w+)(?:\.([\w.-]+))?$")


class TemplateError(ValueError):
    """A template names something that a case does not have; the message lists what there is."""


def check(template: Any) -> None:
    """Raise `TemplateError` where any text of `template` names an unknown value."""
    for text in _texts(template):
        for expression in _HOLE.findall(text):
            _parse(expression)


def has_holes(text: str) -> bool:
    """Whether `text` depends on the case."""
    return _HOLE.search(text) is not None


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Put `values` into every text of a JSON value; keys are left alone.

    A text that is exactly `{{ input }}` becomes the value itself and keeps its JSON type; inside other text a value that is no string
    is written as compact JSON. `{{ input.question }}` reads a member of an object; a member that is absent is null.
    """
    if isinstance(template, str):
        return _fill_typed(template, values)
    if isinstance(template, dict):
        return {key: fill(child, values) for key, child in template.items()}
    if isinstance(template, list):
        return [fill(child, values) for child in template]
    return template


def fill_text(template: str, values: Mapping[str, Any], escape: Callable[[str], str] = str) -> str:
    """Put `values` into one text, each passed through `escape` first."""
    return _HOLE.sub(lambda hole: escape(_as_text(_value(hole[1], values))), template)


def for_url(text: str) -> str:
    """Escape everything that has a meaning in a URL, so that model or case text cannot add a path or a parameter."""
    return quote(text, safe="")


def for_header(text: str) -> str:
    """Make a text fit on one header line: control characters, line breaks above all, become spaces."""
    return "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in text)


def _fill_typed(template: str, values: Mapping[str, Any]) -> Any:
    whole = _HOLE.fullmatch(template)
    return _value(whole[1], values) if whole else fill_text(template, values)


def _value(expression: str, values: Mapping[str, Any]) -> Any:
    name, members = _parse(expression)
    value = values[name]
    for member in members:
        value = value.get(member) if isinstance(value, Mapping) else None
    return value


def _parse(expression: str) -> tuple[str, list[str]]:
    match = _NAME.match(expression)
    if match is None or match[1] not in NAMES:
        known = ", ".join(NAMES)
        raise TemplateError(f"unknown name in {{{{ {expression} }}}}; there are {known}, and members such as input.question")
    return match[1], match[2].split(".") if match[2] else []


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, dict):
        for child in template.values():
            yield from _texts(child)
    elif isinstance(template, list):
        for child in template:
            yield from _texts(child)
