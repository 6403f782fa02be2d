from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.in_report import corrected_metric
from goldfinch.core.calibration.record import CalibrationRecord, JudgeIdentity, record_of
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.results.summary import Summary
from goldfinch.core.results.wording import corrected
from goldfinch.operations.report import RunRecords, summarise
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_record

Make = Callable[..., Any]
SCORES = [1.0, 1.0, 0.75, 1.0, 0.5, 1.0, 0.25, 1.0, 1.0, 1.0]


@pytest.fixture
def summary() -> Summary:
    """A run whose metric is the first of the sample manifest, scored by its version."""
    run = InMemoryRun(sample_manifest(cases=len(SCORES)))
    run.score_lines = [sample_record(f"c{n}", score) for n, score in enumerate(SCORES)]
    return summarise(RunRecords(run), run.manifest())


LABELS = [1.0] * 40 + [0.0] * 60
JUDGED = [1.0] * 60 + [0.0] * 40


@pytest.fixture
def record(answers: Make, summary: Summary) -> CalibrationRecord:
    metric = summary.metrics[0]
    found = calibrate(*answers(LABELS, JUDGED), samples=20)
    return record_of(found, JudgeIdentity("j", metric.version, metric.name), labels_fingerprint="f", seed=0, created_at="now")


def test_a_lenient_judge_is_corrected_by_the_formula(summary: Summary, record: CalibrationRecord) -> None:
    found = corrected_metric(summary, record, "c.json")
    difference = np.array(LABELS) - np.array(JUDGED)
    half = NormalDist().inv_cdf(0.975) * np.sqrt(np.var(SCORES, ddof=1) / len(SCORES) + difference.var(ddof=1) / 100)
    theta = np.mean(SCORES) + difference.mean()
    assert found.raw == summary.metrics[0].estimate
    assert (found.corrected.value, found.corrected.low, found.corrected.high) == pytest.approx((theta, theta - half, theta + half))
    name = summary.metrics[0].name
    words = f"{name} corrected by 100 labels of people: 0.650 (95 % CI {theta - half:.3f}–{theta + half:.3f}); the judge alone says 0.850"
    assert corrected(found).startswith(words)


def test_a_judged_metric_may_be_called_by_what_it_judges(summary: Summary, record: CalibrationRecord) -> None:
    renamed = replace(summary.metrics[0], name="judge_relevance")
    state = {**summary.state, "metrics": {"judge_relevance": summary.state["metrics"][summary.metrics[0].name]}}
    found = corrected_metric(replace(summary, metrics=(renamed,), state=state), replace(record, metric="relevance"), "c.json")
    assert found.metric == "judge_relevance"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metric": None}, "does not say which metric"),
        ({"metric": "tone-of-voice"}, "the calibration is of 'tone-of-voice'; the run has accuracy"),
        ({"judge_version": "other"}, "is of judge version 'other'; the run was scored by"),
        ({"rectifier": None}, "too few labels corrects no mean"),
    ],
)
def test_a_calibration_of_something_else_corrects_nothing(
    summary: Summary, record: CalibrationRecord, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        corrected_metric(summary, replace(record, **change), "c.json")
    assert caught.value.code == "E1953"
    assert words in str(caught.value)
    assert str(caught.value).startswith("c.json: ")


def test_a_calibration_on_pairs_corrects_nothing(summary: Summary, record: CalibrationRecord, pairwise: Make) -> None:
    found = calibrate(*pairwise(), samples=20)
    pairs = record_of(found, JudgeIdentity("j", record.judge_version, record.metric), labels_fingerprint="f", seed=0, created_at="now")
    with pytest.raises(ConfigurationError, match="preferences between two answers corrects no mean"):
        corrected_metric(summary, pairs, "c.json")


def test_a_run_without_scores_has_nothing_to_correct(record: CalibrationRecord) -> None:
    empty = InMemoryRun(sample_manifest(cases=1))
    empty.score_lines = [sample_record("c0", 1.0)]
    with pytest.raises(ConfigurationError, match="fewer than two cases"):
        corrected_metric(summarise(RunRecords(empty), empty.manifest()), record, "c.json")
