"""Whole JSON documents, larger than a case may be, and more lenient: other tools write NaN and half surrogate pairs."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from goldfinch.adapters.files.formats.jsonl import parse_json
from goldfinch.adapters.files.formats.source import BOM, SourceFile, Unreadable, bad_utf8
from goldfinch.core.datasets import codes
from goldfinch.core.importing.limits import MAX_DOCUMENT_BYTES, MAX_DOCUMENT_VALUES
from goldfinch.core.wire.json_values import clean_text

_HINT = "split the file; of Inspect's two formats, .eval may be larger"


def read_bounded(source: SourceFile) -> bytes:
    """The bytes of a file. Raises `Unreadable` where it is larger than a document may be."""
    with source.open() as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Unreadable(codes.LIMIT, f"is larger than {MAX_DOCUMENT_BYTES // 1024**2} MiB", _HINT)
    return data.removeprefix(BOM)


def parse_document(data: bytes) -> Any:
    """The JSON value of `data`, NaN and infinity as null, lone surrogates replaced. Raises `Unreadable`."""
    try:
        return parse_json(data, most_values=MAX_DOCUMENT_VALUES)
    except UnicodeDecodeError as error:
        raise _undecodable(data) from error
    except Unreadable as error:
        if error.code == codes.LIMIT:
            raise Unreadable(error.code, error.what, _HINT) from None
        with suppress(ValueError, RecursionError):
            return _lenient(data)
        raise


def _lenient(data: bytes) -> Any:
    """Only for texts whose depth `parse_json` has found to be bounded. Raises ValueError for what is no JSON, or has a key twice."""
    value = json.loads(data.decode("utf-8"), parse_constant=lambda _: None, object_pairs_hook=_unique)
    return json.loads(clean_text(json.dumps(value, ensure_ascii=False, allow_nan=False)))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _undecodable(data: bytes) -> Unreadable:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return bad_utf8(error, 0)
    return Unreadable(codes.BAD_UTF8, "is not UTF-8", "save the file as UTF-8")
