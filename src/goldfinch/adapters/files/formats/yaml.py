"""YAML, built from libyaml's events so that every limit holds before a value exists (REQUIREMENTS T11).

Scalars are read as JSON reads them: only `true`, `false`, `null`, `~`, and JSON numbers have a type; `yes`,
`no`, `012`, `1:30` and dates are text; `.nan` and `.inf` are refused. Keys are text. Tags are refused, merge keys (`<<`) work.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from goldfinch.adapters.files.formats.jsonl import duplicate_key, number_too_large
from goldfinch.adapters.files.formats.source import Located, Report, SourceFile, Unreadable, bad_utf8
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.limits import (
    MAX_CASE_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_NUMBER_CHARACTERS,
    MAX_YAML_ALIASES,
    MAX_YAML_BYTES,
    MAX_YAML_NODES,
)

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = frozenset({".nan", ".inf", "+.inf", "-.inf"})
_CONSTANTS: dict[str, Any] = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(source: SourceFile, report: Report) -> Iterator[Located]:
    """Every case of a file: the items of a list, of `cases:`, or one case a document. Ends at the first thing that cannot be read."""
    try:
        builder = _Builder(_checked_bytes(source))
        for kind in builder.documents():
            if kind == "list":
                yield from builder.items()
            elif kind == "object":
                yield from _cases_of_object(builder, source, report)
            else:
                yield builder.line, builder.value()
    except Unreadable as error:
        report(error.at(source.label))
    except yaml.YAMLError as error:
        report(_syntax(error).at(source.label))


def read_yaml_document(source: SourceFile, *, most_values: int = MAX_NODES) -> Any:
    """The one value of a small file such as dataset.yaml; None where it is empty. Raises `Unreadable`."""
    try:
        builder = _Builder(_checked_bytes(source), most_values)
        values = [builder.value() for _ in builder.documents()]
    except yaml.YAMLError as error:
        raise _syntax(error) from error
    if len(values) > 1:
        raise Unreadable(codes.SYNTAX, "holds more than one document", "remove the `---` lines")
    return values[0] if values else None


def _cases_of_object(builder: _Builder, source: SourceFile, report: Report) -> Iterator[Located]:
    line = builder.line
    beside: dict[str, Any] = {}
    has_cases = False
    for key in builder.keys(beside):
        if key == "cases" and builder.next_is_list():
            has_cases = True
            yield from builder.items()
        else:
            beside[key] = builder.value()
    if not has_cases:
        yield line, beside
        return
    for key in beside:
        what = f"`{key}` is not known beside `cases`"
        report(
            Unreadable(codes.UNKNOWN_KEY, what, "a case's own keys go into the case, common ones into dataset.yaml").at(source.label, line)
        )


def _checked_bytes(source: SourceFile) -> bytes:
    """The file, read no further than the size limit, proven to be UTF-8 without holding the decoded text."""
    with source.open() as file:
        data = file.read(MAX_YAML_BYTES + 1)
    if len(data) > MAX_YAML_BYTES:
        raise Unreadable(codes.LIMIT, f"is larger than {MAX_YAML_BYTES} bytes", "convert it to JSON Lines, which is read a case at a time")
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 16
    for start in range(0, len(data) + 1, step):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + step], final=start + step > len(data))
        except UnicodeDecodeError as error:
            offset = start - pending
            refused = bad_utf8(error, offset)
            refused.line = data.count(b"\n", 0, offset + error.start) + 1
            raise refused from None
    return data


class _Anchored(NamedTuple):
    value: Any
    nodes: int
    levels: int


class _Builder:
    """Turns events into values. `line` is where the node that `event` begins stands, counted from 1."""

    def __init__(self, data: bytes, most_values: int = MAX_NODES) -> None:
        self._events = yaml.parse(data, Loader=_Loader)
        self._most_values = most_values
        self._anchors: dict[str, _Anchored] = {}
        self._aliases = 0
        self._file_nodes = 0
        self._case_nodes = 0
        self._depth = 0
        self._deepest = 0
        self._next()

    @property
    def line(self) -> int:
        return int(self.event.start_mark.line) + 1

    def _next(self) -> Any:
        self.event: Any = next(self._events, None)
        return self.event

    def _refused(self, code: str, what: str, hint: str) -> Unreadable:
        return Unreadable(code, what, hint, line=self.line)

    def documents(self) -> Iterator[str]:
        """Step onto the root of each document in turn and say what it is; the caller reads the whole of it."""
        while self._next() is not None and not isinstance(self.event, yaml.StreamEndEvent):
            self._anchors.clear()
            self._next()
            if not (isinstance(self.event, yaml.ScalarEvent) and not self.event.value and self.event.implicit[0]):
                yield self._kind()
            else:
                self._next()

    def _kind(self) -> str:
        return {yaml.SequenceStartEvent: "list", yaml.MappingStartEvent: "object"}.get(type(self.event), "other")

    def next_is_list(self) -> bool:
        return self._kind() == "list"

    def items(self) -> Iterator[Located]:
        """The items of the list that begins here, one at a time; each may hold as much as a case may."""
        self._require_no_tag()
        self._next()
        while not isinstance(self.event, yaml.SequenceEndEvent):
            self._case_nodes = 0
            yield self.line, self.value()
        self._next()

    def _values(self) -> Iterator[Any]:
        self._require_no_tag()
        self._next()
        while not isinstance(self.event, yaml.SequenceEndEvent):
            yield self.value()
        self._next()

    def keys(self, into: dict[str, Any]) -> Iterator[str]:
        """The keys of the object that begins here; the caller reads each value. Merged keys are put `into` the object at the end."""
        self._require_no_tag()
        self._next()
        seen: set[str] = set()
        merged: list[dict[str, Any]] = []
        while not isinstance(self.event, yaml.MappingEndEvent):
            is_merge = isinstance(self.event, yaml.ScalarEvent) and self.event.value == "<<" and not self.event.style
            key = self._key()
            if key in seen:
                raise duplicate_key(key, self.line)
            seen.add(key)
            if is_merge:
                merged.extend(self._merged())
            else:
                yield key
        for earlier in merged:
            for key, value in earlier.items():
                into.setdefault(key, value)
        self._next()

    def _key(self) -> str:
        if not isinstance(self.event, yaml.ScalarEvent) or self.event.anchor:
            raise self._refused(codes.SYNTAX, "has a key that is no plain text", "write keys as text")
        self._count(1)
        self._require_no_tag()
        key = str(self.event.value)
        self._next()
        return key

    def _merged(self) -> list[dict[str, Any]]:
        value = self.value()
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in found):
            raise self._refused(codes.SYNTAX, "merges (`<<`) something that is no object", "merge objects only")
        return found

    def value(self) -> Any:
        """The value that begins here, aliases resolved (shared, not copied)."""
        if isinstance(self.event, yaml.AliasEvent):
            return self._alias()
        self._count(1)
        if not self.event.anchor:
            return self._content()
        anchor, nodes, deepest = self.event.anchor, self._file_nodes, self._deepest
        self._deepest = self._depth
        value = self._content()
        self._anchors[anchor] = _Anchored(value, self._file_nodes - nodes + 1, self._deepest - self._depth)
        self._deepest = max(self._deepest, deepest)
        return value

    def _content(self) -> Any:
        return self._scalar() if isinstance(self.event, yaml.ScalarEvent) else self._nested()

    def _nested(self) -> Any:
        self._depth += 1
        self._reach(self._depth)
        value = list(self._values()) if self.next_is_list() else self._object()
        self._depth -= 1
        return value

    def _reach(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._refused(codes.LIMIT, f"is nested deeper than {MAX_DEPTH} levels", "flatten the case")
        self._deepest = max(self._deepest, depth)

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in self.keys(found):
            found[key] = self.value()
        return found

    def _alias(self) -> Any:
        self._aliases += 1
        if self._aliases > MAX_YAML_ALIASES:
            raise self._refused(codes.LIMIT, f"holds more than {MAX_YAML_ALIASES} aliases", "write the values out")
        known = self._anchors.get(self.event.anchor)
        if known is None:
            raise self._refused(codes.SYNTAX, f"refers to *{self.event.anchor}, which is not defined above", "define the anchor first")
        self._count(known.nodes)
        self._reach(self._depth + known.levels)
        self._next()
        return known.value

    def _count(self, nodes: int) -> None:
        self._file_nodes += nodes
        self._case_nodes += nodes
        if self._case_nodes > self._most_values:
            raise self._refused(codes.LIMIT, f"holds more than {self._most_values} values, aliases expanded", "split the case")
        if self._file_nodes > MAX_YAML_NODES:
            raise self._refused(codes.LIMIT, f"holds more than {MAX_YAML_NODES} values, aliases expanded", "convert it to JSON Lines")

    def _require_no_tag(self) -> None:
        if self.event.tag not in _TEXT_TAGS or (self.event.tag and not isinstance(self.event, yaml.ScalarEvent)):
            raise self._refused(codes.SYNTAX, f"has the tag {self.event.tag!r}; tags are not read", "remove the tag")

    def _scalar(self) -> Any:
        self._require_no_tag()
        event = self.event
        if len(event.value) > MAX_CASE_BYTES:
            raise self._refused(codes.LIMIT, f"holds a text longer than {MAX_CASE_BYTES} characters", "shorten it")
        value = self._typed(event.value) if not event.style and not event.tag else event.value
        self._next()
        return value

    def _typed(self, text: str) -> Any:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text.lower() in _NOT_FINITE:
            raise self._refused(codes.OUT_OF_RANGE, f"holds {text}; numbers must be finite", "leave the key out, or put the text in quotes")
        if not NUMBER.fullmatch(text):
            return text
        number = to_number(text)
        if number is None:
            raise number_too_large(self.line)
        return number


def to_number(text: str) -> int | float | None:
    """The number that `text`, matched by `NUMBER`, spells; None where it is beyond what a float can hold."""
    if len(text) > MAX_NUMBER_CHARACTERS:
        return None
    number = int(text) if INTEGER.fullmatch(text) else float(text)
    return number if abs(number) <= sys.float_info.max else None


def _syntax(error: yaml.YAMLError) -> Unreadable:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    detail = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    line = None if mark is None else mark.line + 1
    if "nesting depth" in detail:  # libyaml's own limit: it looks ahead, and may meet it before the limit of this reader
        return Unreadable(codes.LIMIT, f"is nested deeper than {MAX_DEPTH} levels", "flatten the case", line=line)
    return Unreadable(codes.SYNTAX, f"is not valid YAML: {detail}", "check indentation, quotes and colons", line=line)
