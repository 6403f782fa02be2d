"""How often a gate blocked a change, and how often that was wrong: each gate keeps its record. Source: REQUIREMENTS M15."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.gates.outcome import GateName, GateReport
from goldfinch.core.statistics.intervals import wilson_interval
from goldfinch.core.verdict import Verdict

SCHEMA_VERSION = 1


class LineKind(StrEnum):
    """What a line of the history tells."""

    CHECKED = "checked"
    OUTCOME = "outcome"


class BlockOutcome(StrEnum):
    """How a block turned out, said by a person afterwards."""

    FALSE_ALARM = "false-alarm"
    JUSTIFIED = "justified"


@dataclass(frozen=True, slots=True)
class GateLine:
    """One line of `gate-history.jsonl`: what a gate said of a run, or how its block turned out.

    `by` and `reason` are of the override, or of the person who records the outcome. `at` is UTC, ISO 8601.
    """

    kind: LineKind
    at: str
    gate: GateName
    run_id: str
    head_sha: str | None = None
    verdict: Verdict | None = None
    overridden: bool = False
    outcome: BlockOutcome | None = None
    by: str = ""
    reason: str = ""
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of `blocks` (runs that the gate held up) so many were overridden or found wrong; the rate with Wilson's 95 % interval.

    All None without a block. An override counts as a false alarm until somebody records that the block was justified.
    """

    blocks: int = 0
    false_alarms: int = 0
    rate: float | None = None
    low: float | None = None
    high: float | None = None


def lines_of(report: GateReport, *, at: str, run_id: str, head_sha: str | None) -> tuple[GateLine, ...]:
    """What the history keeps of one check, a line a gate."""
    return tuple(
        GateLine(
            LineKind.CHECKED,
            at,
            one.gate,
            run_id,
            head_sha,
            one.verdict,
            overridden=one.override is not None,
            by=one.override.by if one.override else "",
            reason=one.override.reason if one.override else "",
        )
        for one in report
    )


def false_alarms(lines: Iterable[GateLine]) -> Mapping[GateName, FalseAlarms]:
    """Per gate, over runs: of several checks of one run the last one counts, and the last recorded outcome goes before an override."""
    checks: dict[tuple[GateName, str], GateLine] = {}
    outcomes: dict[tuple[GateName, str], BlockOutcome | None] = {}
    for line in lines:
        if line.kind is LineKind.CHECKED:
            checks[line.gate, line.run_id] = line
        else:
            outcomes[line.gate, line.run_id] = line.outcome
    counted = dict.fromkeys(GateName, (0, 0))
    for (gate, run_id), line in checks.items():
        if line.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            wrong = _was_wrong(line, outcomes.get((gate, run_id)))
            counted[gate] = (counted[gate][0] + 1, counted[gate][1] + wrong)
    return {gate: _rate(*counts) for gate, counts in counted.items()}


def last_block(lines: Iterable[GateLine], gate: GateName, run_id: str | None = None) -> GateLine | None:
    """The newest check of `gate` (of one run, where that is named) that held a change up."""
    blocks = [
        line
        for line in lines
        if line.kind is LineKind.CHECKED
        and line.gate is gate
        and line.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
        and run_id in (None, line.run_id)
    ]
    return blocks[-1] if blocks else None


def in_words(found: FalseAlarms) -> str:
    """`2 of 7 blocks were false alarms (28.6 %, 95 % CI 8.2–64.1)`."""
    if not found.blocks or found.rate is None or found.low is None or found.high is None:
        return "no block on record"
    times = "block was a false alarm" if found.blocks == 1 else "blocks were false alarms"
    return f"{found.false_alarms} of {found.blocks} {times} ({found.rate:.1%}, 95 % CI {100 * found.low:.1f}–{100 * found.high:.1f} %)"


def _was_wrong(line: GateLine, outcome: BlockOutcome | None) -> bool:
    return line.overridden if outcome is None else outcome is BlockOutcome.FALSE_ALARM


def _rate(blocks: int, wrong: int) -> FalseAlarms:
    if not blocks:
        return FalseAlarms()
    interval = wilson_interval(wrong, blocks)
    return FalseAlarms(blocks, wrong, wrong / blocks, interval.low, interval.high)
