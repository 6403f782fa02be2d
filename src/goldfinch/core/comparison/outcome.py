"""What a comparison of two runs says. Source of every rule: STATISTICS B."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from goldfinch.core.quarantine.standing import QuarantinedCase
from goldfinch.core.verdict import Verdict

SCHEMA_VERSION = 1


class Change(StrEnum):
    """The verdict on one metric."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    NO_CHANGE = "no change"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric over the cases that both runs have.

    `difference` is current minus baseline in the metric's own unit and direction; `low` and `high` bound it with 95 % confidence (t over
    cases). p values are one-sided, adjusted over the gating metrics (Holm) or over the others (Benjamini-Hochberg).
    """

    metric: str
    higher_is_better: bool
    gating: bool
    change: Change
    baseline: float | None
    current: float | None
    difference: float | None
    low: float | None
    high: float | None
    cases: int
    baseline_trials: int
    current_trials: int
    p_worse: float | None
    p_better: float | None
    p_worse_adjusted: float | None
    p_better_adjusted: float | None
    margin: float
    """Absolute, in the metric's unit."""
    mde: float | None
    """The smallest true change that 80 % of such comparisons would find."""
    trials_to_decide: int | None
    method: str
    """`paired t`, `McNemar mid-p`, `sign flip`."""
    point_breach: bool = False
    """Worse by the margin or more, without the evidence for it."""
    small_decline: bool = False
    """Within the margin, and truly worse."""
    reason: str = ""


class CaseState(StrEnum):
    """How one case did over its trials."""

    PASSES = "stable pass"
    FAILS = "stable fail"
    FLAKY = "flaky"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One case in both runs. Passed trials out of decided ones; `p_worse` is Fisher's, adjusted over the cases."""

    case_id: str
    tags: tuple[str, ...]
    critical: bool
    baseline_passed: int
    baseline_trials: int
    current_passed: int
    current_trials: int
    baseline_state: CaseState
    current_state: CaseState
    regressed: bool
    fixed: bool
    changed_once: bool = False
    """One trial cannot tell a flip from a flake."""
    p_worse: float | None = None
    metrics: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """By metric: mean of the baseline's and of the current run's trials."""
    quarantined: bool = False
    """Known to be flaky, and excused: in every mean and table, but it fails nothing alone."""


@dataclass(frozen=True, slots=True)
class RunReference:
    """Which run, told by its manifest."""

    run_id: str
    started_at: str
    agent: str
    head_sha: str | None
    dataset_fingerprint: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that comparing two runs found. `baseline` None: there is none yet, and nothing is decided (neutral)."""

    baseline: RunReference | None
    current: RunReference
    metrics: tuple[MetricChange, ...]
    """`pass_rate` first, then `pass_hat_<k>` with trials, the others as the runs name them, then `cost_usd`, `latency_ms`, `token_count`
    and `step_count` (scorers are called `tokens` and `steps` already)."""
    slices: Mapping[str, tuple[MetricChange, ...]]
    """The same by tag."""
    cases: tuple[CaseChange, ...]
    """Cases that changed, regressed ones first; those that stayed as they were are counted in `unchanged`. At most 1,000."""
    unchanged: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    """Judged in the base's version."""
    flaky: tuple[str, ...]
    invalid: tuple[str, ...] = ()
    """Why the two cannot be compared, in words: too much is missing, judges differ."""
    notes: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    replayed: tuple[str, ...] = ()
    """Which of `baseline` and `current` were replayed from recordings: no model was asked, so no pass can follow."""
    quarantined: tuple[QuarantinedCase, ...] = ()
    """Every case in quarantine, with its owner and how it stands here; those that need a person first."""

    @property
    def regressed(self) -> tuple[str, ...]:
        """Names of the gating metrics that regressed."""
        return tuple(one.metric for one in self.metrics if one.gating and one.change is Change.REGRESSED)

    @property
    def lost_critical(self) -> tuple[CaseChange, ...]:
        """Critical cases that got worse for certain, without those that are excused."""
        return tuple(case for case in self.cases if case.critical and case.regressed and not case.quarantined)

    @property
    def verdict(self) -> Verdict:
        """FAIL: regressed, or a critical case lost for certain that is not in quarantine. INCONCLUSIVE: invalid, or a gating metric
        breached without evidence.

        NEUTRAL: nothing to decide, as there is no baseline, or answers were replayed and nothing got worse.
        """
        if self.baseline is None:
            return Verdict.NEUTRAL
        if self.regressed or self.lost_critical:
            return Verdict.FAIL
        if not self.invalid and self.replayed:
            return Verdict.NEUTRAL
        if self.invalid or any(one.gating and one.point_breach for one in self.metrics):
            return Verdict.INCONCLUSIVE
        return Verdict.PASS
