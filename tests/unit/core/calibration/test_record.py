from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.choosing import of_one_judge
from goldfinch.core.calibration.items import RecordedJudgement
from goldfinch.core.calibration.record import CalibrationRecord, JudgeIdentity, authority, record_of
from goldfinch.core.errors import UsageError

Make = Callable[..., Any]


@pytest.fixture
def record(answers: Make) -> CalibrationRecord:
    identity = JudgeIdentity("gpt-x", "v1", "relevance")
    labels = [float(n % 2) for n in range(120)]
    return record_of(
        calibrate(*answers(labels, labels), samples=50), identity, labels_fingerprint="f", seed=0, created_at="2026-11-24T00:00:00Z"
    )


def test_a_calibrated_judge_may_block_on_its_metric_in_its_version(record: CalibrationRecord) -> None:
    found = authority(record, "relevance", "v1")
    assert found.may_block
    assert found.reason == "the judge of relevance is calibrated on 120 labels"


@pytest.mark.parametrize(
    ("change", "metric", "version", "reason"),
    [
        ({}, "accuracy", "v1", "the calibration is of relevance, not of accuracy"),
        ({"metric": None}, "relevance", "v1", "the calibration is of no named metric"),
        ({}, "relevance", "v2", "the calibration is of judge version v1, not of v2"),
        ({"may_gate": False, "reasons": ("kappa is 0.4, below 0.6",)}, "relevance", "v1", "may not gate: kappa is 0.4, below 0.6"),
    ],
)
def test_any_other_judge_advises(record: CalibrationRecord, change: dict[str, Any], metric: str, version: str, reason: str) -> None:
    found = authority(replace(record, **change), metric, version)
    assert not found.may_block
    assert reason in found.reason


def test_a_judge_without_calibration_advises() -> None:
    assert not authority(None, "relevance", "v1").may_block


def test_a_verdict_that_the_figures_do_not_bear_out_is_noticed(record: CalibrationRecord) -> None:
    assert record.is_borne_out
    assert not replace(record, may_gate=False).is_borne_out
    low = replace(record.figures, agreement=replace(record.figures.agreement, low=0.7))
    assert not replace(record, figures=low).is_borne_out


def said(judge: str, version: str | None = None) -> RecordedJudgement:
    return RecordedJudgement("i", judge, 1.0, judge_version=version)


def test_the_only_judge_need_not_be_named() -> None:
    assert of_one_judge([said("x", "v1")], None) == ("x", "v1", [said("x", "v1")])
    assert of_one_judge([said("x"), said("y")], "y") == ("y", "y", [said("y")])


@pytest.mark.parametrize(
    ("judgements", "name", "words"),
    [
        ([said("x"), said("y")], None, "of 2 judges; name one by --judge: x, y"),
        ([said("x")], "z", "no judgement of 'z'; there are those of x"),
        ([said("x", "1"), said("x", "2")], None, "of 2 versions: 1, 2"),
        ([said("x", "1"), said("x")], None, "of 2 versions: 1, x"),
    ],
)
def test_what_is_not_one_judge_is_refused(judgements: list[RecordedJudgement], name: str | None, words: str) -> None:
    with pytest.raises(UsageError, match="judge") as caught:
        of_one_judge(judgements, name)
    assert words in str(caught.value)
    assert caught.value.code == "E1947"


def test_a_judge_calibrated_on_pairs_blocks_nothing(pairwise: Make) -> None:
    identity = JudgeIdentity("gpt-x", "v1", "relevance")
    pairs = record_of(calibrate(*pairwise(), samples=50), identity, labels_fingerprint="f", seed=0, created_at="now")
    assert pairs.may_gate
    found = authority(pairs, "relevance", "v1")
    assert (found.may_block, "calibrated on pairs" in found.reason) == (False, True)
