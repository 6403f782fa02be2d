"""A verdict for people: lines for a terminal or a log, Markdown for a page. Every breach is shown, never only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from goldfinch.core.checking.history import in_words
from goldfinch.core.checking.policy_changes import PolicyChange
from goldfinch.core.checking.verdict import NOTHING_DECIDED, Basis, CheckVerdict, GateVerdict
from goldfinch.core.escaping import for_markdown_text, for_terminal_line, without_commands
from goldfinch.core.gates.outcome import Finding
from goldfinch.core.quarantine.wording import case_line, reminder_lines
from goldfinch.core.verdict import Verdict

_MARKS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.NEUTRAL: "–"}
_SHOWN_IDS = 20

Escape = Callable[[str], str]


def check_text(verdict: CheckVerdict) -> str:
    """Plain lines for a terminal or a workflow log; nothing of the data acts as an escape sequence or a workflow command (T4, T5)."""
    lines = [f"{_MARKS[verdict.verdict]} {for_terminal_line(verdict.headline)}", for_terminal_line(verdict.basis.said), ""]
    width = max(len(gate.name) for gate in verdict.outcomes)
    for gate in verdict.outcomes:
        lines.append(f"{_MARKS[gate.verdict]} {gate.name:<{width}}  {gate.verdict.value}{'' if gate.override is None else ', overridden'}")
        lines += [f"    {_MARKS[one.verdict]} {for_terminal_line(line)}" for one, line in _findings(gate)]
        lines += [f"    {for_terminal_line(line)}" for line in _about(gate)]
    for title, section in _sections(verdict):
        lines += ["", title, *(f"  {for_terminal_line(line)}" for line in section)]
    return without_commands("\n".join(lines) + "\n")


def check_markdown(verdict: CheckVerdict) -> str:
    """Markdown for GitHub: no markup, link or mention of the data's survives (T2, T3)."""
    text = for_markdown_text
    lines = [f"## {_MARKS[verdict.verdict]} {text(verdict.headline)}", "", text(verdict.basis.said), ""]
    for gate in verdict.outcomes:
        lines.append(f"- {_MARKS[gate.verdict]} **{gate.name}**: {gate.verdict.value}{'' if gate.override is None else ', overridden'}")
        lines += [f"  - {_MARKS[one.verdict]} {text(line)}" for one, line in _findings(gate)]
        lines += [f"  - {text(line)}" for line in _about(gate)]
    for title, section in _sections(verdict):
        lines += ["", f"### {title}", "", *(f"- {text(line)}" for line in section)]
    return "\n".join(lines) + "\n"


def flag_lines(basis: Basis) -> Iterator[tuple[str, list[str]]]:
    """A section for each flag: its name, and what a reviewer has to look at."""
    changes = [_change(one, basis) for one in basis.policy_changes]
    changes += [f"{one.key} {one.proposed} is looser than {one.base} on {basis.ref}: judged by {one.base}" for one in basis.refused_flags]
    if changes:
        yield "policy-changed", changes
    if basis.dataset_changes:
        name = "dataset-changed" if basis.dataset_changes.is_edit else "new cases"
        yield name, [f"{words}: {_some(ids)}" for words, ids in basis.dataset_changes.in_words()]
    if basis.scorers_changed:
        yield (
            "scorers-changed",
            [f"this change scores otherwise than {basis.ref}: its answers were scored anew by the scorers of {basis.ref}"],
        )
    if basis.baseline_changed:
        yield "baseline-changed", [f"this change edits the baseline: judged by that of {basis.ref}"]
    if basis.quarantine_changes:
        yield "quarantine-changed", list(basis.quarantine_changes[:_SHOWN_IDS])


def _sections(verdict: CheckVerdict) -> Iterator[tuple[str, list[str]]]:
    if verdict.is_replayed:
        yield "replayed", [NOTHING_DECIDED]
    yield from flag_lines(verdict.basis)
    notes = [*verdict.basis.notes, *verdict.notes]
    if verdict.new_cases is not None and verdict.new_cases.mean is not None:
        notes.append(f"new cases: {verdict.new_cases.mean:.1%} of {verdict.new_cases.count} passed; they have no say until they are merged")
    if verdict.quarantined:
        cases = [*map(case_line, verdict.quarantined[:_SHOWN_IDS]), *reminder_lines(verdict.quarantined)[:_SHOWN_IDS]]
        left = len(verdict.quarantined) - _SHOWN_IDS
        yield "quarantined, in every figure, fails nothing alone", [*cases, *([f"and {left:,} more"] if left > 0 else [])]
    if notes:
        yield "notes", notes


def _findings(gate: GateVerdict) -> Iterator[tuple[Finding, str]]:
    """Breaches first; each with where it is and what would decide or mend it."""
    for finding in sorted(gate.findings, key=lambda one: not one.is_breach):
        where = f"{finding.where}: " if finding.where and finding.where not in finding.text + finding.advice else ""
        yield finding, f"{where}{finding.text}{f'; {finding.advice}' if finding.advice else ''}"


def _about(gate: GateVerdict) -> Iterator[str]:
    if (override := gate.override) is not None:
        yield f"overridden by {override.by} until {override.expires}: {override.reason}"
    if gate.false_alarms.blocks:
        yield f"record: {in_words(gate.false_alarms)}"


def _change(change: PolicyChange, basis: Basis) -> str:
    tendency = {True: ", looser", False: ", tighter", None: ""}[change.looser]
    return f"{change.key}: {change.base} on {basis.ref}, {change.proposed} in this change{tendency}; judged by {change.base}"


def _some(ids: tuple[str, ...]) -> str:
    more = len(ids) - _SHOWN_IDS
    return ", ".join(ids[:_SHOWN_IDS]) + (f" and {more:,} more" if more > 0 else "")
