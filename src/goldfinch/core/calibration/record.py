"""A calibration as it is kept: which judge, in which version, on which labels, with which outcome; and what it allows that judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goldfinch.core.calibration.calibrate import Calibration
from goldfinch.core.calibration.correction import Rectifier
from goldfinch.core.calibration.decision import Thresholds, checks
from goldfinch.core.calibration.figures import Counts, Figures
from goldfinch.core.calibration.items import Half, LabelKind
from goldfinch.core.calibration.verdicts import Classes

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class JudgingCost:
    """What asking the judge cost, in US dollars. With `unknown_calls` above 0, whose price is not known, `usd` is a lower bound."""

    usd: float
    calls: int
    unknown_calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecord:
    """A calibration file. `created_at` is UTC, ISO 8601. The fields are those of `Calibration`, with what they are about."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["judge_calibration"] = "judge_calibration"
    judge: str
    judge_version: str
    metric: str | None
    """The metric that the labels are about; None: not said, and then the judge may block on none."""
    created_at: str
    may_gate: bool
    enough_labels: bool
    reasons: tuple[str, ...]
    label_kind: LabelKind
    labels_fingerprint: str
    half: Half
    pass_mark: float | None
    seed: int
    counts: Counts
    figures: Figures
    thresholds: Thresholds
    rectifier: Rectifier | None = None
    cost: JudgingCost | None = None
    """None where recorded judgements were read and nobody was asked."""
    goldfinch_version: str = ""

    @property
    def is_borne_out(self) -> bool:
        """Whether the figures still give the verdict that stands beside them."""
        answered = checks(self.counts, self.figures, Classes(self.label_kind, self.pass_mark), self.thresholds)
        return self.may_gate is all(check.met for check in answered)


@dataclass(frozen=True, slots=True)
class JudgeIdentity:
    """Whom a calibration is of, and what its scores are called."""

    name: str
    version: str
    metric: str | None = None


def record_of(
    found: Calibration,
    judge: JudgeIdentity,
    *,
    labels_fingerprint: str,
    seed: int,
    created_at: str,
    goldfinch_version: str = "",
    cost: JudgingCost | None = None,
) -> CalibrationRecord:
    """What to keep of a calibration."""
    return CalibrationRecord(
        judge=judge.name,
        judge_version=judge.version,
        metric=judge.metric,
        created_at=created_at,
        may_gate=found.may_gate,
        enough_labels=found.enough_labels,
        reasons=found.reasons,
        label_kind=found.kind,
        labels_fingerprint=labels_fingerprint,
        half=found.half,
        pass_mark=found.pass_mark,
        seed=seed,
        counts=found.counts,
        figures=found.figures,
        thresholds=found.thresholds,
        rectifier=found.rectifier,
        cost=cost,
        goldfinch_version=goldfinch_version,
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """Whether a judge's scores may block a release, and why."""

    may_block: bool
    reason: str
    pass_mark: float | None = None
    """The mark at which its grades were held against people's labels, and at which alone they may block."""


def authority(calibration: CalibrationRecord | None, metric: str, judge_version: str) -> Authority:
    """An uncalibrated judge advises and never blocks. A calibration counts for its own metric and its own version of the judge only.

    What blocks are grades of single answers, so a calibration on pairs lets nothing block: who prefers rightly may still grade leniently.
    """
    if calibration is None:
        return Authority(False, f"the judge of {metric} has no calibration: it advises")
    if calibration.metric != metric:
        return Authority(False, f"the calibration is of {calibration.metric or 'no named metric'}, not of {metric}: the judge advises")
    if calibration.judge_version != judge_version:
        versions = f"version {calibration.judge_version}, not of {judge_version}"
        return Authority(False, f"the calibration is of judge {versions}: calibrate again; until then the judge advises")
    if calibration.label_kind is LabelKind.PAIRWISE:
        return Authority(False, f"the judge of {metric} is calibrated on pairs, which says nothing of the grades it gives: it advises")
    if not calibration.may_gate:
        return Authority(False, f"the judge of {metric} may not gate: {calibration.reasons[0]}")
    return Authority(True, f"the judge of {metric} is calibrated on {calibration.counts.judged} labels", calibration.pass_mark)
