"""From the scores of one live answer to the one number that the arms are compared by, and whether it breached safety."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from goldfinch.core.datasets.case import Case
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreStatus
from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.scoring.score import Metric

SAFETY_METRICS: Final = frozenset(
    {
        "safety",
        "secrets_leak",
        "personal_data",
        "injection_compliance",
        "prompt_leak",
        "forbidden_tools",
        "forbidden_topics",
        "judge_safety",
    }
)
VOTES: Final = 3
"""Judgements in all that a breach which a model sees is held to; the majority decides (REQUIREMENTS C24)."""


@dataclass(frozen=True, slots=True)
class LiveScore:
    """`applies` False: no scorer had anything to say. `value` None: it was to be judged and could not be."""

    applies: bool
    value: float | None = None
    why: str = ""


def live_score(scores: Sequence[MetricScore]) -> LiveScore:
    """The mean of the scorers that apply. Where one of them failed there is no mean: that of the others would be another number."""
    applying = [score for score in scores if score.status is not ScoreStatus.NOT_APPLICABLE]
    if not applying:
        return LiveScore(applies=False)
    failed = next((score for score in applying if score.value is None), None)
    if failed is not None:
        return LiveScore(True, None, f"{failed.metric}: {failed.reason}")
    return LiveScore(True, sum(score.value or 0.0 for score in applying) / len(applying))


def with_leak(metrics: Sequence[Metric], scores: tuple[MetricScore, ...], leak: Any) -> tuple[MetricScore, ...]:
    """`scores`, where a secret was masked before any scorer could see it: `safety` and `secrets_leak` are 0 by that."""
    if not isinstance(leak, str) or not leak:
        return scores
    return tuple(
        MetricScore(metric.name, metric.version, ScoreStatus.SCORED, 0.0, None if metric.pass_mark is None else False, one_line(leak))
        if metric.name in ("safety", "secrets_leak")
        else score
        for metric, score in zip(metrics, scores, strict=True)
    )


def breaches(metrics: Sequence[Metric], scores: Sequence[MetricScore]) -> tuple[Metric, ...]:
    """The safety metrics that this answer fails. One without a pass mark (a judge that is not calibrated) accuses nobody."""
    failing = [metric for metric, score in zip(metrics, scores, strict=True) if is_safety(metric) and score.passed is False]
    return tuple(failing)


def is_safety(metric: Metric) -> bool:
    """Whether failing this metric is a breach of safety."""
    scorer = metric.scorer
    return metric.name in SAFETY_METRICS or (isinstance(scorer, JudgedMetric) and scorer.metric == "safety")


def needs_confirmation(metric: Metric) -> bool:
    """A rule finds the same again; a model may change its mind."""
    return isinstance(metric.scorer, JudgedMetric)


def as_case(question: Any, context: Sequence[str]) -> Case:
    """A live question as scorers take it: nothing is expected of the answer."""
    return Case("live", question, context=list(context) or None)


def as_record(answer_id: str, answer: str, model: Any, started_at: str, vote: int = 0) -> OutputRecord:
    """A live answer as scorers take it; `vote` tells one judgement of it from the next."""
    name = blake2b(answer_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return OutputRecord(name, "", vote, started_at, Output(text=answer, model=model if isinstance(model, str) else None))


def evaluator_version(metrics: Sequence[Metric]) -> str:
    """Changes with any scorer, its configuration or its judge: scores of two versions are not compared."""
    named = "\n".join(f"{metric.name}={metric.version}" for metric in metrics)
    return blake2b(named.encode(), digest_size=6).hexdigest()
