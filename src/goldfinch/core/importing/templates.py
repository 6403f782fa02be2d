"""The part of Nunjucks (and of OpenAI's `{{item.x}}`) that prompts for datasets use: variables, paths and simple filters.

Source: Mozilla, "Nunjucks Templating"; the filters do the same there. Anything else is refused, so that no half-rendered prompt is taken
for a question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_START = re.compile(r"\{[{%#]")
_PATH = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+|\[\d+\]|\[\"[^\"\]]*\"\]|\['[^'\]]*'\])*")
_STEP = re.compile(r"[\w$]+|\"[^\"]*\"|'[^']*'")
_FILTER = re.compile(r"([A-Za-z_]\w*)\s*(?:\(\s*(\"[^\"]*\"|'[^']*'|-?\d+)?\s*\))?")
_MAX_ROUNDS = 3
_MAX_CHARACTERS = 8 * 1024 * 1024


class NotRendered(ValueError):
    """The template uses something that is not known here; says what."""


def render(template: str, variables: Mapping[str, Any]) -> str:
    """`template` with every `{{ … }}` filled in. An unknown variable gives nothing, as in Nunjucks. Raises `NotRendered`."""
    pieces = []
    size = 0
    for kind, piece in _pieces(template):
        if kind == "{%":
            raise NotRendered(f"the tag {piece.strip()[:40]!r}")
        text = _text(_value(piece.strip("-").strip(), variables)) if kind == "{{" else "" if kind else piece
        size += len(text)
        if size > _MAX_CHARACTERS:
            raise NotRendered("so many repetitions that the text grows beyond any use")
        pieces.append(text)
    return "".join(pieces)


def is_template(text: str) -> bool:
    """Whether anything in `text` would be filled in."""
    return any(kind for kind, _ in _pieces(text))


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """The template cut into text (no kind) and what stands between marks (kind `{{`, `{%` or `{#`). Linear in its length."""
    position = 0
    while start := _START.search(template, position):
        end = template.find(_ENDS[start[0]], start.end())
        if end < 0:
            break
        yield "", template[position : start.start()]
        yield start[0], template[start.end() : end]
        position = end + 2
    yield "", template[position:]


def render_within(value: Any, variables: Mapping[str, Any]) -> Any:
    """Every text in a list or object rendered; other values as they are. Raises `NotRendered`."""
    if isinstance(value, str):
        return render(value, variables)
    if isinstance(value, Mapping):
        return {key: render_within(item, variables) for key, item in value.items()}
    return [render_within(item, variables) for item in value] if isinstance(value, list) else value


def resolve(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables that name others, filled in; those that cannot be stay as they are."""
    found = dict(variables)
    for _ in range(_MAX_ROUNDS):
        waiting = [name for name, value in found.items() if isinstance(value, str) and is_template(value)]
        if not waiting:
            break
        for name in waiting:
            try:
                found[name] = render(found[name], found)
            except NotRendered:
                continue
    return found


def _value(expression: str, variables: Mapping[str, Any]) -> Any:
    path, *filters = (part.strip() for part in _split(expression))
    if not _PATH.fullmatch(path) or path.startswith("env."):  # the environment is no part of a test
        raise NotRendered(f"the expression {expression[:40]!r}")
    value: Any = variables
    for step in _STEP.findall(path):
        value = _step(value, step.strip("\"'"))
    for text in filters:
        value = _filtered(value, text)
    return value


def _split(expression: str) -> list[str]:
    """Cut at `|` outside of quotes."""
    return re.findall(r"(?:[^|\"']|\"[^\"]*\"|'[^']*')+", expression) or [""]


def _step(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return None


def _filtered(value: Any, text: str) -> Any:
    found = _FILTER.fullmatch(text)
    known = _FILTERS.get(found[1]) if found else None
    if found is None or known is None:
        raise NotRendered(f"the filter {text[:40]!r}")
    argument = found[2]
    return known(value, None if argument is None else argument.strip("\"'"))


_FILTERS: dict[str, Callable[[Any, str | None], Any]] = {
    "trim": lambda value, _: _text(value).strip(),
    "upper": lambda value, _: _text(value).upper(),
    "lower": lambda value, _: _text(value).lower(),
    "capitalize": lambda value, _: _text(value).capitalize(),
    "safe": lambda value, _: value,
    "string": lambda value, _: _text(value),
    "length": lambda value, _: len(value) if isinstance(value, str | list | Mapping) else 0,
    "first": lambda value, _: value[0] if isinstance(value, list | str) and value else None,
    "last": lambda value, _: value[-1] if isinstance(value, list | str) and value else None,
    "join": lambda value, by: (by or "").join(map(_text, value)) if isinstance(value, list) else value,
    "default": lambda value, other: other if value is None else value,
    "dump": lambda value, _: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
}


def _text(value: Any) -> str:
    """As JavaScript writes it: nothing for null, `true`, whole numbers without a point, JSON for lists and objects."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
