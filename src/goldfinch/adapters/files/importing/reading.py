"""One file of another tool, whatever its format, as a `Document`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.formats.csv import Lines
from goldfinch.adapters.files.formats.source import BOM, SourceFile, Unreadable, bad_utf8
from goldfinch.adapters.files.formats.yaml import read_yaml_document
from goldfinch.adapters.files.importing.archives import MAGIC, read_log
from goldfinch.adapters.files.importing.json_documents import parse_document, read_bounded
from goldfinch.adapters.files.importing.references import TEXT, read_references, text_size
from goldfinch.core.datasets import codes as dataset_codes
from goldfinch.core.datasets.limits import MAX_CASE_BYTES, MAX_YAML_NODES
from goldfinch.core.errors import DatasetError, Problem
from goldfinch.core.importing import codes
from goldfinch.core.importing.document import Document
from goldfinch.core.importing.inspect_logs import SAMPLE_KEYS
from goldfinch.core.importing.limits import MAX_KEPT_BYTES

_SUFFIXES = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".eval")


def read_document(path: str) -> Document:
    """The file, and for a promptfoo configuration the files that it names. Raises `DatasetError` with the place and what to do."""
    source = SourceFile(Path(path), path)
    reader = DocumentReader()
    try:
        document = reader.read(source)
        if document.form in ("tree", "rows"):
            files = read_references(document, source.path.parent, reader.read)
            document = replace(document, files=files)
    except Unreadable as error:
        raise DatasetError((error.at(path),)) from error
    except OSError as error:
        problem = Problem(f"cannot be read ({error.strerror})", path, "check the disk", dataset_codes.UNREADABLE)
        raise DatasetError((problem,)) from error
    return document


class DocumentReader:
    """Reads files one after another, and counts what all of them together keep in memory."""

    def __init__(self) -> None:
        self._kept = 0

    def read(self, source: SourceFile) -> Document:
        """Raises `Unreadable` and `OSError`."""
        suffix = source.path.suffix.lower()
        if suffix not in (*_SUFFIXES, *TEXT):
            hint = f"use one of {', '.join(_SUFFIXES)}"
            with source.open():  # a file that is not there is the more helpful message
                raise Unreadable(dataset_codes.UNREADABLE, "is of no known format", hint)
        with source.open() as file:
            is_archive = file.read(len(MAGIC)) == MAGIC
        if is_archive:
            return Document(source.label, "inspect", _inspect_log(read_log(source)))
        if suffix in (".yaml", ".yml"):
            return self._tree(source, read_yaml_document(source, most_values=MAX_YAML_NODES))
        if suffix in (".jsonl", ".ndjson"):
            return self._rows(source)
        return self._table(source) if suffix == ".csv" else self._text_or_json(source, suffix)

    def _text_or_json(self, source: SourceFile, suffix: str) -> Document:
        data = read_bounded(source)
        self._count(len(data))
        if suffix in TEXT:
            try:
                return Document(source.label, "rows", None, text=data.decode("utf-8").strip())
            except UnicodeDecodeError as error:
                raise bad_utf8(error, 0) from None
        if suffix == ".eval":
            raise Unreadable(codes.BAD_ARCHIVE, "is no archive", "get the file anew from where it was made")
        value = parse_document(data)
        if isinstance(value, dict) and isinstance(value.get("eval"), dict) and {"version", "status"} <= value.keys():
            return Document(source.label, "inspect", _inspect_log(value))
        return self._tree(source, value)

    def _tree(self, source: SourceFile, value: Any) -> Document:
        self._count(text_size(value))
        return Document(source.label, "tree", value)

    def _rows(self, source: SourceFile) -> Document:
        located = list(self._json_lines(source))
        return Document(source.label, "rows", [value for _, value in located], tuple(line for line, _ in located))

    def _json_lines(self, source: SourceFile) -> Iterator[tuple[int, Any]]:
        with source.open() as file:
            number = 0
            while line := file.readline(MAX_CASE_BYTES + 1):
                number += 1
                if len(line) > MAX_CASE_BYTES:
                    raise Unreadable(dataset_codes.LIMIT, f"is longer than {MAX_CASE_BYTES} bytes", "write one record a line", line=number)
                self._count(len(line))
                text = line.removeprefix(BOM) if number == 1 else line
                if text.strip():
                    try:
                        yield number, parse_document(text)
                    except Unreadable as error:
                        raise Unreadable(error.code, error.what, "write one record a line", line=number) from None

    def _table(self, source: SourceFile) -> Document:
        csv.field_size_limit(max(csv.field_size_limit(), MAX_CASE_BYTES))
        rows: list[dict[str, str]] = []
        numbers: list[int] = []
        with source.open() as file:
            lines = Lines(file)
            try:
                for number, row in self._table_rows(lines):
                    rows.append(row)
                    numbers.append(number)
            except csv.Error as error:
                hint = "close every quote and double the quotes inside"
                raise Unreadable(dataset_codes.SYNTAX, f"is not valid CSV: {error}", hint, line=lines.row_line) from error
            except Unreadable as error:
                raise Unreadable(error.code, error.what, error.hint, line=error.line or lines.number) from None
        return Document(source.label, "table", rows, tuple(numbers))

    def _table_rows(self, lines: Lines) -> Iterator[tuple[int, dict[str, str]]]:
        reader = csv.reader(lines, strict=True)
        titles = [title.strip() for title in lines.next_row(reader) or []]
        if not any(titles):
            raise Unreadable(dataset_codes.EMPTY, "has no header", "begin with a line of column names")
        if len(set(titles)) < len(titles):
            raise Unreadable(dataset_codes.DUPLICATE_KEY, "has a column twice", "remove one of them")
        while (row := lines.next_row(reader)) is not None:
            if any(row):
                if len(row) > len(titles):
                    what = f"has {len(row)} cells under {len(titles)} columns"
                    raise Unreadable(dataset_codes.SYNTAX, what, "quote cells that hold a comma", line=lines.row_line)
                self._count(sum(map(len, row)) + 100 * len(row))
                yield lines.row_line, dict(zip(titles, row, strict=False))

    def _count(self, size: int) -> None:
        self._kept += size
        if self._kept > MAX_KEPT_BYTES:
            raise Unreadable(codes.TOO_MUCH, f"holds more than {MAX_KEPT_BYTES // 1024**2} MiB, with the files it names", "split it")


def _inspect_log(log: dict[str, Any]) -> dict[str, Any]:
    """The parts of a log that are read."""
    samples = log.get("samples")
    kept = [
        {key: sample[key] for key in SAMPLE_KEYS if key in sample} if isinstance(sample, dict) else sample
        for sample in (samples if isinstance(samples, list) else [])
    ]
    return {"eval": log.get("eval"), "status": log.get("status"), "samples": kept}
