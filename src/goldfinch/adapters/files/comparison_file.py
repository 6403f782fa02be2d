"""`regression-report.json`: a comparison as a file, and read back. Its schema is `docs/schemas/regression_report.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.comparison import codes
from goldfinch.core.comparison.outcome import SCHEMA_VERSION, Comparison
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.redaction import Redactor
from goldfinch.core.verdict import Verdict

KIND = "regression_report"
MOST_BYTES = 512_000_000
_AGAIN = "make it with 'goldfinch compare BASELINE CURRENT --output FILE'"

Read = TypeVar("Read")


class _Head(msgspec.Struct):
    kind: str = ""
    schema_version: int = 0


class _Told(msgspec.Struct):
    """What is said twice in the file: for scripts, and by the figures themselves."""

    verdict: Verdict
    regressed: tuple[str, ...]


def comparison_document(comparison: Comparison, redact: Redactor | None = None) -> dict[str, Any]:
    """The document as plain values: the verdict and what regressed first, then everything that the comparison found."""
    found = (redact or Redactor()).value(msgspec.to_builtins(comparison))
    head = {"kind": KIND, "verdict": comparison.verdict.value, "regressed": list(comparison.regressed)}
    return {**head, **found}


def comparison_json(comparison: Comparison, redact: Redactor | None = None) -> str:
    """ASCII only: no control character of a case id reaches a terminal."""
    return json.dumps(comparison_document(comparison, redact), indent=2, allow_nan=False).replace("\x7f", "\\u007f") + "\n"


def write_comparison(path: Path, comparison: Comparison, redact: Redactor | None = None) -> None:
    """Write or replace a report, folders on the way included. Raises `InfrastructureError` (E2307)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, comparison_json(comparison, redact).encode())
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise InfrastructureError(f"cannot write: {what}", where=str(path), code=codes.CANNOT_WRITE) from error


def read_comparison(path: Path) -> Comparison:
    """The comparison in a report. Raises `RunDirectoryError`: E2305 not there, E2306 damaged, contradicting itself, or newer."""
    content = _content(path)
    head = _decode(content, _Head, path)
    if head.kind != KIND:
        raise _broken("is no regression report", path)
    if head.schema_version > SCHEMA_VERSION:
        raise _broken(f"written by a newer Goldfinch (schema_version {head.schema_version}, this one reads {SCHEMA_VERSION})", path)
    comparison, told = _decode(content, Comparison, path), _decode(content, _Told, path)
    if (told.verdict, told.regressed) != (comparison.verdict, comparison.regressed):
        raise _broken(f"its verdict, {told.verdict}, is not that of its figures, {comparison.verdict}", path)
    return comparison


def comparison_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a report. It is open: later versions may add keys."""
    words = "regression-report.json of `goldfinch compare`: two runs, what changed, how certain that is, and what follows."
    schema = schema_of(Comparison, words, version=SCHEMA_VERSION, title="RegressionReport")
    schema["properties"] = {
        "kind": {"const": KIND},
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
        "regressed": {"type": "array", "items": {"type": "string"}},
        **schema["properties"],
    }
    schema["required"] = ["kind", "verdict", "regressed", *schema["required"], "schema_version"]
    return schema


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise RunDirectoryError(f"cannot read: {what}", where=str(path), hint=_AGAIN, code=codes.NO_REPORT) from error
    if len(content) > MOST_BYTES:
        raise _broken("is too large for a regression report", path)
    return content


def _decode(content: bytes, kind: type[Read], path: Path) -> Read:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(f"damaged: {error}".replace("\n", " ")[:300], path) from error


def _broken(what: str, path: Path) -> RunDirectoryError:
    return RunDirectoryError(what, where=str(path), hint=_AGAIN, code=codes.BROKEN_REPORT)
