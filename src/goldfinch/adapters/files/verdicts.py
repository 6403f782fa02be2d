"""Verdict files read back: what `goldfinch check --output FILE` wrote, checked before anything of it is shown."""

from __future__ import annotations

from pathlib import Path

import msgspec

from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.core.checking.verdict import KIND, SCHEMA_VERSION, CheckVerdict, verdict_of
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.gates.outcome import GateName, GateOutcome, GateReport
from goldfinch.core.reviewing import codes

MAX_BYTES = 20_000_000
_AGAIN = "make it again with 'goldfinch check'"


class _Head(msgspec.Struct):
    schema_version: int = 0
    kind: str = ""


def read_verdict(path: str | Path) -> GateReport:
    """The gates in a file. Raises `ConfigurationError`, as `decode_verdict`."""
    return report_of(read_check(path))


def read_check(path: str | Path) -> CheckVerdict:
    """The whole verdict in a file. Raises `ConfigurationError`, as `decode_verdict`."""
    return decode_verdict(_content(path), str(path))


def decode_verdict(content: bytes, where: str) -> CheckVerdict:
    """The verdict in a document. Raises `ConfigurationError`: E2601 unreadable, E2602 newer, E2603 it does not follow from its findings."""
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.kind != KIND:
            raise ConfigurationError("is no verdict of the gates", where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT)
        if head.schema_version > SCHEMA_VERSION:
            what = f"written by a newer Goldfinch (schema_version {head.schema_version}, this one reads up to {SCHEMA_VERSION})"
            raise ConfigurationError(what, where=where, hint="upgrade goldfinch-ci", code=codes.NEWER_VERDICT)
        verdict = msgspec.json.decode(content, type=CheckVerdict)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"damaged: {error}".replace("\n", " ")[:300]
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT) from error
    _require_borne_out(verdict, where)
    return verdict


def report_of(verdict: CheckVerdict) -> GateReport:
    """The gates of a verdict, without what follows from their findings."""
    return GateReport(tuple(GateOutcome(gate.gate, gate.findings, gate.override) for gate in verdict.outcomes))


def _require_borne_out(said: CheckVerdict, where: str) -> None:
    """Refuses what no check could have written: a file that says pass over findings that say fail must not be shown as either."""
    named = tuple(outcome.gate for outcome in said.outcomes)
    if named != tuple(GateName):
        what = f"names the gates {', '.join(named) or 'none'}, and not all six in their order"
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.UNREADABLE_VERDICT)
    found = verdict_of(report_of(said), is_replayed=said.is_replayed)
    if found is not said.verdict:
        what = f"says {said.verdict.value}, and its findings say {found.value}"
        raise ConfigurationError(what, where=where, hint=_AGAIN, code=codes.CONTRADICTED_VERDICT)


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
