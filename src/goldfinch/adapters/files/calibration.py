"""Calibration files: one JSON document, written whole or not at all, and checked when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from goldfinch.adapters.files.atomic import atomic_text_file, write_atomically
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.calibration import codes
from goldfinch.core.calibration.record import SCHEMA_VERSION, CalibrationRecord
from goldfinch.core.errors import ConfigurationError, InfrastructureError

MAX_BYTES = 1_000_000
"""A calibration takes some kilobytes."""
_AGAIN = "make it with 'goldfinch judge calibrate --to FILE'"


class _VersionOnly(msgspec.Struct):
    schema_version: int = 0
    kind: str = ""


def read_calibration(path: str | Path) -> CalibrationRecord:
    """The calibration in a file. Raises `ConfigurationError`: E1949 unreadable, E1950 newer, E1951 figures and verdict do not fit."""
    content = _content(path)
    try:
        head = msgspec.json.decode(content, type=_VersionOnly)
        if head.kind != "judge_calibration":
            raise ConfigurationError("is no judge calibration", where=str(path), hint=_AGAIN, code=codes.UNREADABLE_CALIBRATION)
        if head.schema_version > SCHEMA_VERSION:
            what = f"written by a newer Goldfinch (schema_version {head.schema_version}, this one reads up to {SCHEMA_VERSION})"
            raise ConfigurationError(what, where=str(path), hint="upgrade goldfinch-ci", code=codes.NEWER_CALIBRATION)
        record = msgspec.json.decode(content, type=CalibrationRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"damaged: {error}".replace("\n", " ")[:300]
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_CALIBRATION) from error
    _require_borne_out(record, path)
    return record


def write_calibration(path: str | Path, record: CalibrationRecord) -> None:
    """Write or replace a calibration file, folders on the way included. Raises `InfrastructureError` (E1952)."""
    content = msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(path), content)
    except OSError as error:
        raise _not_written(path, error) from error


def write_report(path: str | Path, text: str) -> None:
    """Write or replace the report of a calibration. Raises `InfrastructureError` (E1952)."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(Path(path)) as out:
            out.write(text)
    except OSError as error:
        raise _not_written(path, error) from error


def calibration_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a calibration file. It is open: later versions may add keys."""
    words = "A calibration file of `goldfinch judge calibrate`: how far a judge agrees with people, and whether it may block a release."
    schema = schema_of(CalibrationRecord, words, version=SCHEMA_VERSION)
    schema["required"] += ["kind", "schema_version"]
    return schema


def _content(path: str | Path) -> bytes:
    try:
        with SourceFile(Path(path), str(path)).open() as file:
            content = file.read(MAX_BYTES + 1)
    except Unreadable as error:
        raise ConfigurationError(error.what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_CALIBRATION) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_CALIBRATION) from error
    if len(content) > MAX_BYTES:
        what = f"is longer than {MAX_BYTES} bytes: no judge calibration"
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_CALIBRATION)
    return content


def _require_borne_out(record: CalibrationRecord, path: str | Path) -> None:
    if not record.is_borne_out:
        what = f"says may_gate {str(record.may_gate).lower()}, and its figures do not bear that out"
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.CHANGED_CALIBRATION)


def _not_written(path: str | Path, error: OSError) -> InfrastructureError:
    return InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=codes.CANNOT_WRITE)
