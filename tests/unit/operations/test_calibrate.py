from __future__ import annotations

import pytest

from goldfinch.core.calibration.items import Half, LabelKind, LabelledItem, RecordedJudgement, half_of, labels_fingerprint
from goldfinch.core.errors import LabelsError, UsageError
from goldfinch.operations.calibrate import CalibrationPlan, calibrate_recorded

ITEMS = [LabelledItem(f"i{n}", LabelKind.BINARY, float(n % 2), answer="x") for n in range(40)]
JUDGED = [RecordedJudgement(item.id, "j", item.label, judge_version="j@1") for item in ITEMS]
NOW = "2026-11-24T08:00:00Z"


def test_the_record_says_which_judge_on_which_labels_and_when() -> None:
    record = calibrate_recorded(ITEMS, JUDGED, CalibrationPlan(metric="relevance", seed=7), judge=None, created_at=NOW)
    assert (record.judge, record.judge_version, record.metric, record.created_at, record.seed) == ("j", "j@1", "relevance", NOW, 7)
    assert record.labels_fingerprint == labels_fingerprint(ITEMS)
    assert not record.enough_labels
    assert record.cost is None


def test_one_half_leaves_the_other_out() -> None:
    record = calibrate_recorded(ITEMS, JUDGED, CalibrationPlan(half=Half.TUNE), judge=None, created_at=NOW)
    assert record.counts.labelled == sum(half_of(item) is Half.TUNE for item in ITEMS) < 40


def test_a_half_without_labels_and_labels_without_judgements_are_refused() -> None:
    one = [item for item in ITEMS if half_of(item) is Half.TUNE][:1]
    with pytest.raises(LabelsError, match="no label is in the report half") as caught:
        calibrate_recorded(one, JUDGED, CalibrationPlan(half=Half.REPORT), judge=None, created_at=NOW)
    assert caught.value.code == "E1944"
    with pytest.raises(LabelsError, match="none of the 40 labelled items has a judgement of 'j'") as caught:
        calibrate_recorded(ITEMS, [RecordedJudgement("x", "j", None)], CalibrationPlan(), judge=None, created_at=NOW)
    assert caught.value.code == "E1948"


@pytest.mark.parametrize("mark", [0.0, -1.0, 1.5, float("nan")])
def test_a_pass_mark_outside_of_the_scale_is_refused(mark: float) -> None:
    with pytest.raises(UsageError, match="pass mark") as caught:
        CalibrationPlan(pass_mark=mark)
    assert caught.value.code == "E1954"


@pytest.mark.parametrize("metric", ["", "a\nb", "\ud800", "x" * 201])
def test_what_is_no_name_of_a_metric_is_refused(metric: str) -> None:
    with pytest.raises(UsageError, match="is no name of a metric"):
        CalibrationPlan(metric=metric)
