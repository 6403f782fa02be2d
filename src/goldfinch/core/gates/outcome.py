"""What the gates say: values that every report, exit code and script reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.errors import ExitCode
from goldfinch.core.verdict import Verdict, worst


class GateName(StrEnum):
    """The six gates, in the order of every report. Source: R59, C21."""

    CODE_QUALITY = "code_quality"
    COVERAGE = "coverage"
    AI_QUALITY = "ai_quality"
    PERFORMANCE = "performance"
    SECURITY = "security"
    COST = "cost"

    @property
    def shown(self) -> str:
        """As the specification prints it: `AI Quality Gate`."""
        return _SHOWN[self]


_SHOWN = {
    GateName.CODE_QUALITY: "Code Quality Gate",
    GateName.COVERAGE: "Test Coverage Gate",
    GateName.AI_QUALITY: "AI Quality Gate",
    GateName.PERFORMANCE: "Performance Gate",
    GateName.SECURITY: "Security Gate",
    GateName.COST: "Cost Gate",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a gate looked at.

    `text` says it in one line: a breach in the specification's words (`Pass rate 80.00% < 85%`), before which `inconclusive: `
    stands where the evidence does not carry it. `value` and `threshold` are in the unit of `name` (`p95_latency_ms`, `coverage_lines`),
    None where unknown; `low` and `high` bound the value with 95 % confidence.
    """

    name: str
    verdict: Verdict
    text: str
    value: float | None = None
    threshold: float | None = None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    advice: str = ""
    """What would decide or mend it: `60 more trials would decide`."""
    where: str = ""
    """File and line, or case id, where there is one place to look at."""
    more_trials: int | None = None
    """How many further trials would decide, if the value stays as it is; None where that is not known, or nothing is open."""

    @property
    def is_breach(self) -> bool:
        return self.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision to let a gate's failure pass. Shown wherever the gate is."""

    gate: GateName
    by: str
    reason: str
    expires: str
    """ISO day; the override does not hold after it."""


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """One gate. A gate without findings had no evidence: inconclusive."""

    gate: GateName
    findings: tuple[Finding, ...]
    override: Override | None = None

    @property
    def verdict(self) -> Verdict:
        """What the evidence says, whatever a person decided."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def blocks(self) -> bool:
        """Whether a change is held up by this gate."""
        return self.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE) and self.override is None

    @property
    def failures(self) -> tuple[str, ...]:
        """Every breach in words (R65: a gate passes if and only if there is none)."""
        return tuple(finding.text for finding in self.findings if finding.is_breach) or (
            () if self.findings else ("inconclusive: no data",)
        )


@dataclass(frozen=True, slots=True)
class GateReport:
    """All gates of one change, always six, in the order of `GateName`."""

    outcomes: tuple[GateOutcome, ...]

    def __iter__(self) -> Iterator[GateOutcome]:
        return iter(self.outcomes)

    @property
    def verdict(self) -> Verdict:
        """Overridden gates are left out, and shown."""
        return worst(outcome.verdict for outcome in self.outcomes if outcome.override is None or not outcome.failures)

    @property
    def exit_code(self) -> ExitCode:
        """DESIGN, conventions: a breach is 1, a breach without evidence 3."""
        return _EXIT_CODES[self.verdict]


_EXIT_CODES = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.NEUTRAL: ExitCode.PASSED,
    Verdict.FAIL: ExitCode.GATE_FAILED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
