"""The verdict of one check as a document: `goldfinch check --output FILE`. Its schema is `docs/schemas/gate_verdict.schema.json`."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.checking.dataset_changes import DatasetChanges
from goldfinch.core.checking.history import FalseAlarms
from goldfinch.core.checking.policy_changes import PolicyChange
from goldfinch.core.comparison.outcome import RunReference
from goldfinch.core.errors import ExitCode
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport, Override
from goldfinch.core.quarantine.standing import QuarantinedCase
from goldfinch.core.results.summary import Estimate
from goldfinch.core.verdict import Verdict

SCHEMA_VERSION = 1
KIND = "gate_verdict"
NOTHING_DECIDED = "Nothing was decided: the answers were replayed from a recording, so the agent was not evaluated."
"""The whole of what a replayed run says of the agent."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Whose rules the verdict rests on. `ref` None: there was no base branch, and the working tree's own rules were used.

    `refused_flags` are options that would have loosened the base branch's thresholds. `scorers_changed`: the change scores otherwise, and
    its answers were scored anew by the base branch's scorers.
    """

    ref: str | None
    sha: str | None
    said: str
    policy_changes: tuple[PolicyChange, ...] = ()
    refused_flags: tuple[PolicyChange, ...] = ()
    dataset_changes: DatasetChanges | None = None
    scorers_changed: bool = False
    baseline_changed: bool = False
    notes: tuple[str, ...] = ()
    quarantine_changes: tuple[str, ...] = ()
    """What the change makes of the list of flaky cases, a line each; the base branch's list counts."""

    @property
    def flags(self) -> tuple[str, ...]:
        """`policy-changed`, `dataset-changed`, `scorers-changed`, `baseline-changed`, `quarantine-changed`: what to look at."""
        dataset = self.dataset_changes is not None and self.dataset_changes.is_edit
        found = {
            "policy-changed": bool(self.policy_changes or self.refused_flags),
            "dataset-changed": dataset,
            "scorers-changed": self.scorers_changed,
            "baseline-changed": self.baseline_changed,
            "quarantine-changed": bool(self.quarantine_changes),
        }
        return tuple(name for name, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """One gate: everything that it found, who overrode it, and how often it was wrong before."""

    gate: GateName
    name: str
    verdict: Verdict
    blocks: bool
    findings: tuple[Finding, ...]
    override: Override | None
    false_alarms: FalseAlarms

    @classmethod
    def of(cls, outcome: GateOutcome, record: FalseAlarms) -> GateVerdict:
        return cls(outcome.gate, outcome.gate.shown, outcome.verdict, outcome.blocks, outcome.findings, outcome.override, record)


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """What `goldfinch check` decided, and everything that it rests on. `checked_at` is UTC, ISO 8601.

    `flags` are those of `basis`. `new_cases` is the pass rate of cases that are not on the base branch; it has no say.
    """

    verdict: Verdict
    exit_code: int
    headline: str
    flags: tuple[str, ...]
    outcomes: tuple[GateVerdict, ...]
    """Always six, in the order of `GateName`."""
    basis: Basis
    run: RunReference
    is_replayed: bool
    strict: bool
    policy_hash: str
    checked_at: str
    new_cases: Estimate | None = None
    notes: tuple[str, ...] = ()
    goldfinch_version: str = ""
    quarantined: tuple[QuarantinedCase, ...] = ()
    """Flaky cases that fail nothing alone, each with its owner. They are in every figure of every gate; safety counts them in full."""
    kind: str = KIND
    schema_version: int = SCHEMA_VERSION


def verdict_of(report: GateReport, *, is_replayed: bool) -> Verdict:
    """That of the gates; of a replayed run never more than neutral, whatever the other gates say."""
    found = report.verdict
    return Verdict.NEUTRAL if is_replayed and found is Verdict.PASS else found


def exit_code_of(verdict: Verdict) -> ExitCode:
    """DESIGN, conventions: pass and neutral 0, fail 1, a breach without evidence 3."""
    return _EXIT_CODES[verdict]


_EXIT_CODES = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.NEUTRAL: ExitCode.PASSED,
    Verdict.FAIL: ExitCode.GATE_FAILED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}


def headline(report: GateReport, verdict: Verdict, *, is_replayed: bool) -> str:
    """The verdict and its first reason in one line."""
    breaches = [(one, text) for one in report if one.blocks and one.verdict is verdict for text in one.failures]
    if breaches:
        first, text = breaches[0]
        more = sum(len(one.failures) for one in report if one.blocks) - 1
        shown = text.removeprefix(f"{Verdict.INCONCLUSIVE.value}: ")
        return f"{verdict.value}: {first.gate.shown}: {shown}" + (f" (and {more} more)" if more else "")
    if is_replayed:
        return f"{verdict.value}: {NOTHING_DECIDED}"
    overridden = [one.gate.shown for one in report if one.override is not None]
    judged = sum(one.verdict is Verdict.PASS for one in report)
    if overridden:
        return f"{verdict.value}: {', '.join(overridden)} overridden"
    return f"{verdict.value}: {judged} of {len(report.outcomes)} gates passed" + (", the others were not measured" if judged < 6 else "")
