"""CSV with a header of dotted columns (`expected.answer`, `budget.steps`), read a row at a time.

A cell is text, a number, true/false, a list or JSON as its column says; an empty cell means that the key is absent. A list is separated by
`|`, or is a JSON list where the cell begins with `[`. `:json` behind any column says that its cells are JSON (`input:json`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from goldfinch.adapters.files.formats.jsonl import parse_json
from goldfinch.adapters.files.formats.source import BOM, Located, Report, SourceFile, Unreadable, bad_utf8
from goldfinch.adapters.files.formats.yaml import NUMBER, to_number
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.limits import MAX_CASE_BYTES, MAX_DEPTH
from goldfinch.core.datasets.validation import BUDGET_KEYS, SAFETY_KEYS, unknown_key

Cell = Callable[[str], Any]


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> Any:
    """A number where the cell is one; otherwise the text, which validation refuses with the key's own message."""
    text = cell.strip()
    number = to_number(text) if NUMBER.fullmatch(text) else None
    return cell if number is None else number


def _flag(cell: str) -> Any:
    return {"true": True, "false": False}.get(cell.strip().lower(), cell)


def _json(cell: str) -> Any:
    return parse_json(cell.encode())


def _list(cell: str) -> Any:
    if cell.lstrip().startswith("["):
        return _json(cell)
    return [item.strip() for item in cell.split("|") if item.strip()]


COLUMNS: dict[str, Cell] = {
    "id": _text,
    "input": _text,
    "context": _text,
    "expected.answer": _text,
    "expected.must_include": _list,
    "expected.must_not_include": _list,
    "expected.numbers": _json,
    "expected.json": _json,
    "expected.tools": _json,
    "expected.tool_order": _text,
    "expected.rubric": _text,
    "tags": _list,
    "weight": _number,
    "critical": _flag,
    "trials": _number,
    **{f"budget.{key}": _number for key in BUDGET_KEYS},
    **{f"safety.{key}": _list for key in SAFETY_KEYS},
    "metadata": _json,
}
_OPEN = ("input.", "context.", "metadata.")
"""Columns below these are keys of one's own: `input.question`, `metadata.source`."""


class Column(NamedTuple):
    title: str
    path: tuple[str, ...]
    read: Cell


def read_csv(source: SourceFile, report: Report) -> Iterator[Located]:
    """Every row under the header with the line it begins on. A row that cannot be read is reported and skipped; bad CSV ends the file."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CASE_BYTES))
    with source.open() as file:
        lines = Lines(file)
        rows = csv.reader(lines, strict=True)
        try:
            columns = _header(next(rows, None))
            while (row := lines.next_row(rows)) is not None:
                if not any(row):
                    continue
                try:
                    yield lines.row_line, _raw_case(columns, row)
                except Unreadable as error:
                    report(error.at(source.label, lines.row_line))
        except Unreadable as error:
            report(error.at(source.label, lines.number))
        except csv.Error as error:
            what = f"is not valid CSV: {error}"
            report(Unreadable(codes.SYNTAX, what, "close every quote and double the quotes inside").at(source.label, lines.row_line))


class Lines:
    """Decoded lines of a file, with a bound on what one row may take. `number` is the current line, `row_line` where the row begins."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._row_bytes = 0
        self.number = 0
        self.row_line = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_CASE_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._row_bytes += len(line)
        if self._row_bytes > MAX_CASE_BYTES:
            what = f"holds a row longer than {MAX_CASE_BYTES} bytes; the rest of the file was not read"
            raise Unreadable(codes.LIMIT, what, "look for a quote that is never closed")
        try:
            return (line[len(BOM) :] if self.number == 1 and line.startswith(BOM) else line).decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_utf8(error, self._file.tell() - len(line)) from None

    def next_row(self, rows: Iterator[list[str]]) -> list[str] | None:
        self._row_bytes = 0
        self.row_line = self.number + 1
        return next(rows, None)


def _header(titles: list[str] | None) -> tuple[Column, ...]:
    if not titles or not any(titles):
        raise Unreadable(codes.EMPTY, "has no header", "begin with a line such as id,input,expected.answer")
    if len(titles) == 1 and (divider := next((mark for mark in ";\t" if mark in titles[0]), None)):
        raise Unreadable(codes.SYNTAX, f"has a header divided by {divider!r}", "divide the cells by commas")
    columns = tuple(_column(title.strip()) for title in titles)
    for title in titles:
        if titles.count(title) > 1:
            raise Unreadable(codes.DUPLICATE_KEY, f"has the column {title[:80]!r} twice", "remove one of them")
    return columns


def _column(title: str) -> Column:
    name, _, suffix = title.partition(":")
    path = tuple(name.split("."))
    is_open = name.startswith(_OPEN) and all(path) and len(path) <= MAX_DEPTH
    if suffix not in ("", "json") or not (is_open or name in COLUMNS):
        what, hint = unknown_key(title, COLUMNS, "columns of your own are called metadata.<name>")
        raise Unreadable(codes.UNKNOWN_KEY, f"column `{title[:80]}` {what}", hint)
    read = _json if suffix else _text if is_open else COLUMNS[name]
    return Column(title, path, read)


def _raw_case(columns: tuple[Column, ...], row: list[str]) -> dict[str, Any]:
    if len(row) > len(columns):
        raise Unreadable(codes.SYNTAX, f"has {len(row)} cells under {len(columns)} columns", "quote cells that hold a comma")
    raw: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        if cell:
            _put(raw, column, _read(column, cell))
    return raw


def _read(column: Column, cell: str) -> Any:
    try:
        return column.read(cell)
    except Unreadable as error:
        raise Unreadable(error.code, f"`{column.title}` {error.what}", "write JSON in this cell") from None


def _put(raw: dict[str, Any], column: Column, value: Any) -> None:
    target = raw
    for key in column.path[:-1]:
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            raise _filled_twice(column)
    if column.path[-1] in target:
        raise _filled_twice(column)
    target[column.path[-1]] = value


def _filled_twice(column: Column) -> Unreadable:
    name = ".".join(column.path)
    return Unreadable(codes.DUPLICATE_KEY, f"fills `{name[:80]}` in two columns", "leave one of the cells empty")
