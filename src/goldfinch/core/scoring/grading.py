"""Turning an answer into scores, and scores into passed, failed or not known. Pure; this is the hot path of every run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, Output
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.evidence import one_line, plain
from goldfinch.core.scoring.judgement import describe, reaches, valid_value
from goldfinch.core.scoring.score import CannotScore, Metric, Score

_EMPTY = Output()


def grade(metrics: Sequence[Metric], case: Case, record: OutputRecord, *, trials: int = 1) -> ScoreRecord:
    """Score one answer on every metric. Never raises, whatever a scorer does. `trials` is how many the run plans for the case."""
    output = record.output
    return assemble(metrics, case, record, tuple([grade_one(metric, case, output) for metric in metrics]), trials=trials)


def grade_one(metric: Metric, case: Case, output: Output) -> MetricScore:
    """Score one answer on one metric.

    A missing answer leaves the metric missing. The agent's own failure scores 0 where the metric applies, which is found by scoring an
    empty output. A scorer that raises, or gives what is no finite number from 0 to 1, is recorded as an error of the scorer.
    """
    failure = output.failure
    if failure is None:
        return _judge(metric, case, output)
    if failure.kind.is_missing:
        return MetricScore(metric.name, metric.version, ScoreStatus.MISSING, reason=_because("no answer", failure))
    judged = _judge(metric, case, _EMPTY)
    if judged.status in (ScoreStatus.NOT_APPLICABLE, ScoreStatus.ERROR):
        return judged
    passed = None if metric.pass_mark is None else False
    return MetricScore(metric.name, metric.version, ScoreStatus.SCORED, 0.0, passed, _because("agent failed", failure))


def _because(what: str, failure: Failure) -> str:
    return one_line(f"{what}: {failure.kind}: {failure.message}")


def _judge(metric: Metric, case: Case, output: Output) -> MetricScore:
    try:
        score = metric.scorer.score(case, output)
        if score is None:
            return _not_applicable(metric.name, metric.version)
        mark = metric.pass_mark
        if type(score) is Score and score.value == 1.0 and not score.evidence:
            return _full_marks(metric.name, metric.version, None if mark is None else True, score.reason)
        value = valid_value(score)
        passed = None if mark is None else reaches(value, mark)
        evidence = plain(score.evidence) if score.evidence else {}
        return MetricScore(metric.name, metric.version, ScoreStatus.SCORED, value, passed, one_line(score.reason), evidence)
    except CannotScore as lack:
        return MetricScore(metric.name, metric.version, ScoreStatus.MISSING, reason=one_line(str(lack)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a scorer is foreign code; its crash is a record
        return MetricScore(metric.name, metric.version, ScoreStatus.ERROR, reason=describe(error))


@lru_cache(maxsize=1024)
def _full_marks(name: str, version: str, passed: bool | None, reason: str) -> MetricScore:
    """Most answers of a healthy agent get the same score for the same reason; building it once is a quarter of the cost of grading."""
    return MetricScore(name, version, ScoreStatus.SCORED, 1.0, passed, one_line(reason))


@lru_cache(maxsize=1024)
def _not_applicable(name: str, version: str) -> MetricScore:
    return MetricScore(name, version, ScoreStatus.NOT_APPLICABLE)


def assemble(
    metrics: Sequence[Metric], case: Case, record: OutputRecord, scores: tuple[MetricScore, ...], *, trials: int = 1
) -> ScoreRecord:
    """The record of `scores`, one for each of `metrics` in the same order, with all that a summary needs of the answer."""
    output = record.output
    usage = output.usage
    return ScoreRecord(
        case_id=record.case_id,
        case_hash=record.case_hash,
        trial=record.trial,
        passed=_verdict(output.failure, metrics, scores),
        scores=scores,
        trials=trials,
        weight=case.weight,
        critical=case.critical,
        tags=case.tags,
        failure=output.failure,
        cost_usd=output.cost_usd,
        latency_ms=output.latency_ms,
        first_token_ms=output.first_token_ms,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        steps=output.step_count or 0,
        cached=record.cached,
    )


def _verdict(failure: Failure | None, metrics: Sequence[Metric], scores: Sequence[MetricScore]) -> bool | None:
    """Whether the case passed; None where that is not known. Metrics without a pass mark have no say."""
    if failure is not None:
        return None if failure.kind.is_missing else False
    verdict: bool | None = None
    unknown = False
    for metric, score in zip(metrics, scores, strict=True):
        if score.passed is not None:
            if not score.passed:
                return False
            verdict = True
        elif metric.pass_mark is not None and score.status is not ScoreStatus.NOT_APPLICABLE:
            unknown = True
    return None if unknown else verdict
