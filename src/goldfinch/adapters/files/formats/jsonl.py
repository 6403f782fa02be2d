"""JSON Lines: one case a line, read a line at a time.

The quick path proves with a few counts that a line is within the limits and has no key twice; only where a count leaves room for doubt
is the line looked at again without its texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from goldfinch.adapters.files.formats.source import BOM, Located, Report, SourceFile, Unreadable, bad_utf8
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.limits import MAX_CASE_BYTES, MAX_DEPTH, MAX_INT_BITS, MAX_NODES
from goldfinch.core.datasets.validation import is_case_id

_decode = msgspec.json.Decoder().decode
_decode_case = msgspec.json.Decoder(Case).decode
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[{}\]]")
_NOT_FINITE = re.compile(rb"NaN|Infinity")


def read_jsonl(source: SourceFile, report: Report) -> Iterator[Located]:
    """Every line that is valid JSON, with its number: a `Case` where it is a plain one, else its value.

    A broken line is reported and skipped; one that is too long ends the file.
    """
    look_for_plain = not source.defaults
    with source.open() as file:
        number = 0
        while line := file.readline(MAX_CASE_BYTES + 1):
            number += 1
            if len(line) > MAX_CASE_BYTES:
                report(_too_long().at(source.label, number))
                return
            if number == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            if line.isspace() or not line:
                continue
            if look_for_plain and (case := plain_case(line)) is not None:
                yield number, case
                continue
            try:
                raw = parse_json(line)
            except UnicodeDecodeError:
                report(_undecodable(line, file.tell() - len(line)).at(source.label, number))
            except Unreadable as error:
                report(error.at(source.label, number))
            else:
                yield number, raw


def plain_case(text: bytes) -> Case | None:
    """The case of a line that is plain (a text to ask, at most one answer and tags) and plainly valid; None where it has to be looked at.

    The keys of a plain case are counted in what was read. As many colons show that the line has no other key, and none twice; so do as
    many quotes, where a text holds a colon too. A line of any other shape has more of both.
    """
    try:
        case = _decode_case(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    answer = case.expected.answer
    if type(case.input) is not str or (answer is not None and type(answer) is not str):
        return None
    keys, texts = (2, 2) if answer is None else (4, 3)
    if case.tags:
        if len(set(case.tags)) < len(case.tags):
            return None
        keys, texts = keys + 1, texts + len(case.tags)
    is_plain = text.count(b":") == keys or (text.count(b'"') == 2 * (keys + texts) and b"\\" not in text)
    return case if is_plain and is_case_id(case.id) else None


def read_checked_jsonl(source: SourceFile) -> Iterator[Case]:
    """The cases of a file that was read through by `read_jsonl` and found valid: decoded straight away, nothing checked again."""
    with source.open() as file:
        if file.read(len(BOM)) != BOM:
            file.seek(0)
        yield from (_decode_case(line) for line in file if not line.isspace())


def parse_json(text: bytes, *, most_values: int = MAX_NODES) -> Any:
    """One JSON value within the limits, no key twice in an object, finite numbers. Raises `Unreadable`, or UnicodeDecodeError."""
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH or text.count(b",") > most_values:
        _require_limits(_TEXT.sub(b"", text), most_values)
    try:
        raw = _decode(text)
    except UnicodeDecodeError:
        raise
    except (msgspec.DecodeError, RecursionError) as error:
        text.decode("utf-8")
        raise _syntax(text, error) from error
    keys = count_keys(raw)
    if text.count(b":") != keys and _most_keys(text) != keys:
        _require_unique_keys(text, raw)
    return raw


def _most_keys(text: bytes) -> int:
    """At least as many as there are keys: what may stand before the colon behind a key."""
    return sum(map(text.count, (b'":', b" :", b"\t:", b"\n:", b"\r:")))


def count_keys(value: Any) -> int:
    """Keys of all objects in `value`. Raises `Unreadable` at a whole number too large to be calculated with."""
    if type(value) is dict:
        children: Any = value.values()
        total = len(value)
    elif type(value) is list:
        children = value
        total = 0
    else:
        return 0
    for child in children:
        kind = type(child)
        if kind is dict or kind is list:
            total += count_keys(child)
        elif kind is int and child.bit_length() > MAX_INT_BITS:
            raise number_too_large()
    return total


def _require_limits(structure: bytes, most_values: int) -> None:
    """`structure` is the text without its strings. Counts values and the deepest level."""
    openings = structure.count(b"[") + structure.count(b"{")
    if structure.count(b",") + openings > most_values:
        raise Unreadable(codes.LIMIT, f"holds more than {most_values} values", "split the case or move the bulk to a file of its own")
    depth = 0
    for bracket in _BRACKET.findall(structure):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise Unreadable(codes.LIMIT, f"is nested deeper than {MAX_DEPTH} levels", "flatten the case")


def _require_unique_keys(text: bytes, raw: Any) -> None:
    if _TEXT.sub(b"", text).count(b":") != count_keys(raw):
        json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise duplicate_key(key)
        found[key] = value
    return found


def duplicate_key(key: str, line: int | None = None) -> Unreadable:
    """Refuse `key`, which stands twice in one object."""
    return Unreadable(codes.DUPLICATE_KEY, f"has the key {key[:80]!r} twice in one object", "remove one of them", line=line)


def number_too_large(line: int | None = None) -> Unreadable:
    """Refuse a number beyond what a float can hold."""
    return Unreadable(codes.LIMIT, "holds a number that is too large", "write it as text, in quotes", line=line)


def _syntax(text: bytes, error: Exception) -> Unreadable:
    if "out of range" in str(error):
        return number_too_large()
    if _NOT_FINITE.search(_TEXT.sub(b"", text)):
        return Unreadable(codes.SYNTAX, "is not valid JSON: NaN and Infinity are not JSON", "leave the key out or write null")
    try:
        json.loads(text.rstrip())  # else the column of a line that breaks off is counted from its line end
    except json.JSONDecodeError as detail:
        what = f"is not valid JSON: {detail.msg[0].lower()}{detail.msg[1:]} at column {detail.colno}"
    except (ValueError, RecursionError):
        what = f"is not valid JSON: {error}"
    else:
        half_pair = b"\\ud" in text.lower()
        what = f"is not valid JSON: {'a text holds half of a surrogate pair' if half_pair else error}"
    return Unreadable(codes.SYNTAX, what, "write one JSON object a line")


def _undecodable(line: bytes, offset: int) -> Unreadable:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return bad_utf8(error, offset)
    return Unreadable(codes.BAD_UTF8, "holds half of a surrogate pair", "save the file as UTF-8")


def _too_long() -> Unreadable:
    return Unreadable(codes.LIMIT, f"is longer than {MAX_CASE_BYTES} bytes; the rest of the file was not read", "write one case a line")
