"""Hold a judge's recorded judgements against people's labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldfinch.core.calibration import codes
from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.choosing import of_one_judge
from goldfinch.core.calibration.decision import Thresholds
from goldfinch.core.calibration.items import Half, LabelledItem, RecordedJudgement, half_of, labels_fingerprint
from goldfinch.core.calibration.record import CalibrationRecord, JudgeIdentity, JudgingCost, record_of
from goldfinch.core.errors import LabelsError, Problem, UsageError

_STRICT = Thresholds()
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """What to calibrate on and how; `pass_mark` from 0 to 1."""

    metric: str | None = None
    half: Half = Half.ALL
    pass_mark: float | None = None
    judge_family: str = ""
    seed: int = 0
    thresholds: Thresholds = _STRICT

    def __post_init__(self) -> None:
        if self.metric is not None and not (self.metric.isprintable() and 0 < len(self.metric) <= _LONGEST_NAME):
            hint = f"give up to {_LONGEST_NAME} printable characters"
            raise UsageError(f"{self.metric[:80]!r} is no name of a metric", hint=hint, code=codes.BAD_OPTION)
        if self.pass_mark is not None and not 0 < self.pass_mark <= 1:
            hint = "a grade of 4 from 1 to 5 is 0.75"
            raise UsageError(f"the pass mark must be above 0 and at most 1, got {self.pass_mark:g}", hint=hint, code=codes.BAD_OPTION)


def calibrate_recorded(
    items: Sequence[LabelledItem],
    judgements: Sequence[RecordedJudgement],
    plan: CalibrationPlan,
    *,
    judge: str | None,
    created_at: str,
    goldfinch_version: str = "",
    cost: JudgingCost | None = None,
) -> CalibrationRecord:
    """The calibration of one judge, to be written. Raises `UsageError` (which judge?) and `LabelsError` (no label, nothing judged)."""
    name, version, kept = of_one_judge(judgements, judge)
    _require_something_judged(items, kept, plan.half)
    found = calibrate(items, kept, plan.thresholds, plan.seed, half=plan.half, pass_mark=plan.pass_mark, judge_family=plan.judge_family)
    return record_of(
        found,
        JudgeIdentity(name, version, plan.metric),
        labels_fingerprint=labels_fingerprint(items),
        seed=plan.seed,
        created_at=created_at,
        goldfinch_version=goldfinch_version,
        cost=cost,
    )


def _require_something_judged(items: Sequence[LabelledItem], judgements: Sequence[RecordedJudgement], half: Half) -> None:
    wanted = {item.id for item in items if half is Half.ALL or half_of(item) is half}
    if not wanted:
        raise LabelsError((Problem(f"no label is in the {half.value} half", hint="use --half all", code=codes.NO_LABELS),))
    if not any(judgement.item_id in wanted for judgement in judgements):
        what = f"none of the {len(wanted)} labelled items has a judgement of {judgements[0].judge!r}"
        raise LabelsError((Problem(what, hint="use the same ids in both files", code=codes.NOTHING_JUDGED),))
