"""The gates' record, wired: what is kept of each check, and how a block turned out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from goldfinch.adapters.files.gate_history import append_history, read_history
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.checking.codes import BAD_OUTCOME, NOTHING_BLOCKED
from goldfinch.core.checking.history import BlockOutcome, FalseAlarms, GateLine, LineKind, false_alarms, last_block, lines_of
from goldfinch.core.checking.verdict import CheckVerdict
from goldfinch.core.errors import UsageError
from goldfinch.core.gates.outcome import GateName, GateReport

DEFAULT_HISTORY = Path(".goldfinch/gate-history.jsonl")


def recorded_false_alarms(history: Path) -> Mapping[GateName, FalseAlarms]:
    """Each gate's record. Raises `ConfigurationError` (E2205)."""
    return false_alarms(read_history(history))


def keep(history: Path, report: GateReport, verdict: CheckVerdict) -> None:
    """Add a check to the history. Raises `InfrastructureError`."""
    lines = lines_of(report, at=verdict.checked_at, run_id=verdict.run.run_id, head_sha=verdict.run.head_sha)
    append_history(history, lines, redactor_for())


def record_outcome(history: Path, text: str, *, by: str, reason: str, run_id: str | None = None) -> tuple[GateLine, FalseAlarms]:
    """Record how the last block of a gate (of one run, where that is named) turned out; gives back the line and the gate's new record.

    Raises `UsageError` (E2207 for what cannot be read, E2210 where nothing was blocked).
    """
    gate, outcome = _parsed(text)
    if not by.strip() or not reason.strip():
        raise UsageError("an outcome needs a name and a reason", where="--record-outcome", hint="add --by and --reason", code=BAD_OUTCOME)
    lines = read_history(history)
    block = last_block(lines, gate, run_id)
    if block is None:
        what = f"no block of {gate.value}" + (f" in run {run_id}" if run_id else "") + " is on record"
        raise UsageError(what, where=str(history), hint="name the history that the check wrote with --history", code=NOTHING_BLOCKED)
    line = GateLine(
        LineKind.OUTCOME, SystemClock().utc_iso(), gate, block.run_id, block.head_sha, outcome=outcome, by=by.strip(), reason=reason.strip()
    )
    append_history(history, [line], redactor_for())
    return line, false_alarms([*lines, line])[gate]


def _parsed(text: str) -> tuple[GateName, BlockOutcome]:
    gate, _, outcome = text.partition("=")
    if gate not in set(GateName) or outcome not in set(BlockOutcome):
        hint = f"GATE=OUTCOME; gates: {', '.join(GateName)}; outcomes: {', '.join(BlockOutcome)}"
        raise UsageError(f"{text!r} names no gate and outcome", where="--record-outcome", hint=hint, code=BAD_OUTCOME)
    return GateName(gate), BlockOutcome(outcome)
