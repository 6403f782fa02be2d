"""Verdict files: what the six gates said, one JSON document, written whole or not at all, and checked when it is read.

The document is the plain JSON of `GateReport`, with what follows from it beside it (`verdict`, `exit_code`, each gate's `verdict`) for
readers that are no Goldfinch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.errors import ConfigurationError, ExitCode, InfrastructureError
from goldfinch.core.gates.outcome import GateName, GateOutcome, GateReport
from goldfinch.core.redaction import Redactor
from goldfinch.core.reviewing import codes
from goldfinch.core.verdict import Verdict

SCHEMA_VERSION = 1
KIND = "gate_verdict"
MAX_BYTES = 20_000_000
_AGAIN = "make it again with 'goldfinch check'"


class _Head(msgspec.Struct):
    schema_version: int = 0
    kind: str = ""


class _Said(msgspec.Struct):
    verdict: Verdict
    outcomes: tuple[GateOutcome, ...]


def encode_verdict(report: GateReport, more: Mapping[str, Any] | None = None, *, redact: Redactor | None = None) -> bytes:
    """The document. `more` stands at the top beside it: the policy's hash, who asked; it cannot replace what is there."""
    document = {
        **(more or {}),
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "verdict": report.verdict.value,
        "exit_code": int(report.exit_code),
        "outcomes": [_outcome(outcome) for outcome in report],
    }
    return msgspec.json.format(msgspec.json.encode(_encodable((redact or Redactor()).value(document))), indent=2) + b"\n"


def decode_verdict(content: bytes, where: str) -> GateReport:
    """The gates in a document. Raises `ConfigurationError`: E2601 unreadable, E2602 newer, E2603 its verdict does not follow."""
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.kind != KIND:
            raise ConfigurationError("is no verdict of the gates", where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT)
        if head.schema_version > SCHEMA_VERSION:
            what = f"written by a newer Goldfinch (schema_version {head.schema_version}, this one reads up to {SCHEMA_VERSION})"
            raise ConfigurationError(what, where=where, hint="upgrade goldfinch-ci", code=codes.NEWER_VERDICT)
        said = msgspec.json.decode(content, type=_Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"damaged: {error}".replace("\n", " ")[:300]
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT) from error
    return _checked(said, where)


def read_verdict(path: str | Path) -> GateReport:
    """The gates in a file. Raises `ConfigurationError`, as `decode_verdict`."""
    return decode_verdict(_content(path), str(path))


def write_verdict(path: str | Path, report: GateReport, more: Mapping[str, Any] | None = None, *, redact: Redactor | None = None) -> None:
    """Write or replace a verdict file, folders on the way included. Raises `InfrastructureError` (E2607)."""
    content = encode_verdict(report, more, redact=redact)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(path), content)
    except OSError as error:
        what = f"cannot write: {error.strerror or error}"
        raise InfrastructureError(what, where=str(path), code=codes.CANNOT_WRITE) from error


def verdict_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a verdict file. It is open: later versions may add keys."""
    schema = schema_of(GateReport, "A verdict file of `goldfinch check`: what each of the six gates found.", title="GateVerdict")
    schema["properties"] |= {
        "schema_version": {"const": SCHEMA_VERSION},
        "kind": {"const": KIND},
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
        "exit_code": {"enum": sorted({int(code) for code in (ExitCode.PASSED, ExitCode.GATE_FAILED, ExitCode.INCONCLUSIVE)})},
    }
    schema["required"] += ["schema_version", "kind", "verdict", "exit_code"]
    schema["$defs"]["GateOutcome"]["properties"]["verdict"] = {"enum": [verdict.value for verdict in Verdict]}
    return schema


def _outcome(outcome: GateOutcome) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(outcome)
    return {"gate": plain.pop("gate"), "verdict": outcome.verdict.value, **plain}


def _encodable(value: Any) -> Any:
    """`value` with lone surrogates shown as escapes: names of files bring them, and UTF-8 has none."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(inner) for key, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _checked(said: _Said, where: str) -> GateReport:
    """Refuses what no check could have written: a file that says pass over findings that say fail must not be shown as either."""
    named = tuple(outcome.gate for outcome in said.outcomes)
    if named != tuple(GateName):
        what = f"names the gates {', '.join(named) or 'none'}, and not all six in their order"
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT)
    report = GateReport(said.outcomes)
    is_replayed = said.verdict is Verdict.NEUTRAL and report.verdict is Verdict.PASS  # other gates pass, and the agent was not evaluated
    if report.verdict is not said.verdict and not is_replayed:
        what = f"says {said.verdict.value}, and its findings say {report.verdict.value}"
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.CONTRADICTED_VERDICT)
    return report


def _content(path: str | Path) -> bytes:
    try:
        with SourceFile(Path(path), str(path)).open() as file:
            content = file.read(MAX_BYTES + 1)
    except Unreadable as error:
        raise ConfigurationError(error.what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_VERDICT) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_VERDICT) from error
    if len(content) > MAX_BYTES:
        what = f"is longer than {MAX_BYTES:,} bytes: no verdict of gates"
        raise ConfigurationError(what, where=str(path), hint=_AGAIN, code=codes.UNREADABLE_VERDICT)
    return content
