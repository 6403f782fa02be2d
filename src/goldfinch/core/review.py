"""What a reviewer of one change has to know: the gates, what changed since the baseline, the run, and where to look. Pure values.

The pull request's comment, the step summary and the annotations are made from this one value (`core/reviewing`), so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.comparison.outcome import CaseChange, Change, Comparison, RunReference
from goldfinch.core.gates.outcome import GateName, GateReport
from goldfinch.core.quarantine.standing import QuarantinedCase
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.summary import Estimate, Summary
from goldfinch.core.verdict import Verdict, worst


class CommentMode(StrEnum):
    """How a pull request is told. Source: REQUIREMENTS 3."""

    STICKY = "sticky"
    """One comment, edited in place by newer runs."""
    NEW = "new"
    """A comment for every run."""
    ON_FAILURE = "on-failure"
    """Sticky, and nothing while nothing fails."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """One case with what it was asked and what it answered in both runs: redacted excerpts, "" where the text is not at hand.

    `where` is the case's line in its dataset, `golden/refunds.jsonl:17`; trajectories hold a step a line.
    """

    case_id: str
    input: str = ""
    expected: str = ""
    was: str = ""
    now: str = ""
    reason: str = ""
    """Why the current answer is no good: what the judge or the scorer said."""
    trajectory_was: tuple[str, ...] = ()
    trajectory_now: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that may be linked. Only those on the host of `server` become links: a comment leads to no foreign host."""

    server: str = "https://github.com"
    """What GitHub Actions calls `GITHUB_SERVER_URL`."""
    report: str = ""
    trace: str = ""
    why: str = ""
    """A page that says what blocked means and what to do."""


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is said of one change. `gates` always hold all six; what is None was not measured, and is shown as that."""

    gates: GateReport
    comparison: Comparison | None
    summary: Summary | None
    run: RunReference | None
    links: Links = Links()
    cases: tuple[CaseEvidence, ...] = ()
    """The regressed cases that are shown in full, the most important one first."""
    notes: tuple[str, ...] = ()
    """What a reviewer must know besides: `policy-changed: min_pass_rate 0.85 -> 0.50, judged by 0.85`."""
    pipeline_run: str = ""
    """`GITHUB_RUN_ID`: numbers that grow; "" outside of GitHub, where the run's own id takes its place."""
    attempt: int = 1
    """`GITHUB_RUN_ATTEMPT`."""
    base_ref: str = ""
    """The branch that the change is for, `main`."""
    trials: int = 1
    judge: str = ""
    budget_usd: float | None = None
    reproduce: str = ""
    """The command that shows the worst finding again; "" makes one from the first regressed case."""
    how_to_run: str = ""
    """Of a replayed run: the sentence that tells a maintainer how to run it for real."""
    false_alarms: Estimate | None = None
    """How many of the AI Quality Gate's blocks were without cause; the count is that of its blocks."""
    quarantined: tuple[QuarantinedCase, ...] = ()
    """Of the check; where a comparison knows more of them, its own are shown."""
    is_relevant: bool = True
    """False where the change touches nothing that the agent's answers depend on: then there is no comment."""

    @property
    def run_id(self) -> str:
        """What tells newer from older: the pipeline's run where there is one, else the evaluation's."""
        if self.pipeline_run:
            return self.pipeline_run
        if self.run is not None:
            return self.run.run_id
        return self.summary.run_id if self.summary is not None else ""

    @property
    def verdict(self) -> Verdict:
        """Of gates and comparison together; a comparison with nothing to compare has no say."""
        said = self.comparison.verdict if self.comparison is not None else Verdict.NEUTRAL
        return worst((self.gates.verdict, said))

    @property
    def is_replayed(self) -> bool:
        """Whether the answers are recordings: whatever the gates say, the agent was not asked."""
        return self.summary is not None and self.summary.status is RunStatus.REPLAYED

    @property
    def is_evaluated(self) -> bool:
        """Whether the AI gate decided anything: a change that nobody evaluated is never shown as one that passed."""
        ai = next((outcome for outcome in self.gates if outcome.gate is GateName.AI_QUALITY), None)
        return not self.is_replayed and ai is not None and ai.verdict is not Verdict.NEUTRAL

    @property
    def base(self) -> RunReference | None:
        return self.comparison.baseline if self.comparison is not None else None

    @property
    def regressed_cases(self) -> tuple[CaseChange, ...]:
        """Without those in quarantine, which block nothing."""
        return tuple(case for case in self.comparison.cases if case.regressed and not case.quarantined) if self.comparison else ()

    @property
    def worse_cases(self) -> tuple[CaseChange, ...]:
        """Passed less often than before, without proof case by case: with few trials a single case seldom has it."""
        if self.comparison is None:
            return ()
        return tuple(case for case in self.comparison.cases if not case.regressed and not case.quarantined and _fell(case))

    @property
    def quarantined_cases(self) -> tuple[QuarantinedCase, ...]:
        """Every case in quarantine, those that need a person first."""
        return (self.comparison.quarantined if self.comparison is not None else ()) or self.quarantined

    @property
    def worse_in_quarantine(self) -> tuple[CaseChange, ...]:
        """Excused cases that passed less often than before."""
        return tuple(case for case in self.comparison.cases if case.quarantined and _fell(case)) if self.comparison else ()

    @property
    def fixed_cases(self) -> tuple[CaseChange, ...]:
        return tuple(case for case in self.comparison.cases if case.fixed) if self.comparison else ()

    @property
    def is_green_and_unchanged(self) -> bool:
        """Nothing to read: every gate passes by itself, and the comparison found no change worth a line."""
        compared = self.comparison
        if compared is None or compared.baseline is None or self.notes or not self.is_evaluated:
            return False
        if self.gates.verdict is not Verdict.PASS or any(outcome.failures or outcome.override for outcome in self.gates):
            return False
        if any(case.reminders for case in self.quarantined_cases):
            return False
        moved = any(metric.change in (Change.REGRESSED, Change.IMPROVED) or metric.point_breach for metric in compared.metrics)
        listed = compared.cases or compared.added or compared.removed or compared.edited or compared.invalid
        return not (moved or listed or compared.verdict is not Verdict.PASS)


def _fell(case: CaseChange) -> bool:
    if not case.baseline_trials or not case.current_trials:
        return False
    return case.current_passed * case.baseline_trials < case.baseline_passed * case.current_trials
