"""Wires the scoring of live answers: reference-free metrics, the judge where one is asked, and what it may cost an hour."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.live_spending import LiveSpendingFile
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.ingest import logged
from goldfinch.bootstrap.judging import ConfiguredJudge, configured_judge
from goldfinch.bootstrap.scorer_catalogue import COMPOSITIONS, JUDGE
from goldfinch.bootstrap.scorers import build_metrics, expanded
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.ingest.codes import NEEDS_EXPECTED
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.judging.rubric import RUBRICS
from goldfinch.core.redaction import Redactor
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.judging import Judge, judges_anything
from goldfinch.operations.live_scores import LiveEvaluator, LiveScorer, RepliesInMemory, ScoredAnswer
from goldfinch.operations.receive_spans import Tell
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_notes import LiveNotes
from goldfinch.ports.trace_queue import TraceQueue
from goldfinch.settings import ScorerSettings

logger = logging.getLogger("goldfinch.live")

LACKS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("answered", "exact", "contains", "must_include", "must_not_include", "numeric", "json_fields", "set_f1", "token_f1"),
            *("answer_coverage", "facts_agree", "accuracy", "completeness"),
        ),
        "an expected answer",
    ),
    **dict.fromkeys(("tool_trajectory", "tool_errors", "loops", "steps"), "the agent's trajectory"),
    **dict.fromkeys(("tokens", "cost", "latency"), "a budget of the case"),
    "reported": "a score that came with the answer",
}
"""Kinds of scorers, and what they need that a live answer has not."""


def live_scorer(
    loaded: LoadedSettings,
    queue: TraceQueue,
    notes: LiveNotes,
    targets: Callable[[], tuple[LiveTarget, ...]],
    folder: Path,
    *,
    clock: Clock | None = None,
    tell: Tell | None = None,
) -> LiveScorer:
    """The worker of one service in one environment; what it spends is kept in `folder`. Raises `ConfigurationError`."""
    clock = clock or SystemClock()
    configured = configured_judge(None, loaded)
    redact = redactor_for(loaded.settings.agent, judge=configured.model_settings if configured is not None else None)
    evaluator = live_evaluator(loaded, configured, redact)
    logger.info("live answers are scored by evaluator %s: %s", evaluator.version, _described(evaluator))
    return LiveScorer(
        queue,
        notes,
        targets,
        evaluator,
        max_usd_per_hour=loaded.settings.live.max_usd_per_hour,
        spending=LiveSpendingFile(folder / "live-spending.json"),
        clock=clock,
        redact=redact,
        tell=tell or logged(clock, logger),
        told=_teller(evaluator.version),
    )


def live_evaluator(loaded: LoadedSettings, configured: ConfiguredJudge | None, redact: Redactor) -> LiveEvaluator:
    """What `live.scorers` say. Raises `ConfigurationError` for a scorer that live answers give nothing to judge by."""
    metrics = live_metrics(loaded, configured)
    if configured is None or not judges_anything(metrics):
        return LiveEvaluator(metrics)

    def judge() -> Judge:
        # The hour's money is the only budget: that of `judge:` belongs to a run.
        return replace(configured.judging(Path, redact), open_replies=RepliesInMemory, budget_usd=None)

    return LiveEvaluator(metrics, judge)


def live_metrics(loaded: LoadedSettings, configured: ConfiguredJudge | None) -> tuple[Metric, ...]:
    """The metrics of `live.scorers`, each of which can judge an answer that nobody expected."""
    where = f"{loaded.file}: live.scorers" if loaded.file else "live.scorers"
    for place, written in enumerate(loaded.settings.live.scorers):
        for one in expanded(written, f"{where}[{place}]"):
            _require_reference_free(one, f"{where}[{place}]")
    return build_metrics(
        loaded.settings.live.scorers,
        allow_code=loaded.settings.allow_code,
        folder=loaded.folder,
        where=where,
        judge=configured.terms if configured is not None else None,
    )


def _require_reference_free(written: Any, where: str) -> None:
    kind, options = _read(written)
    for place, part in enumerate(options.get("of") or () if kind in COMPOSITIONS else ()):
        _require_reference_free(part, f"{where}.of[{place}]")
    lacks = LACKS.get(kind)
    if kind == "embedding_similarity" and options.get("against", "answer") != "question":
        lacks = "an expected answer (or `against: question`)"
    if kind == JUDGE and not options.get("rubric"):
        rubric = RUBRICS.get(str(options.get("metric")))
        lacks = "an expected answer" if rubric is not None and rubric.needs_evidence else None
    if lacks is not None:
        raise ConfigurationError(
            f"{kind if kind != JUDGE else 'judge:' + str(options.get('metric'))!r} needs {lacks}, which live traffic does not have",
            where=where,
            hint="leave it out, or take relevance, coherence, grounding, safety or judge:relevance",
            code=NEEDS_EXPECTED,
        )


def _read(written: Any) -> tuple[str, Mapping[str, Any]]:
    """Kind and options, of a scorer as settings may write it."""
    if isinstance(written, ScorerSettings):
        return written.kind, written.options
    if isinstance(written, Mapping):
        return str(written.get("kind")), written
    kind, _, metric = str(written).partition(":")
    return (JUDGE, {"metric": metric}) if kind == JUDGE else (str(written), {})


def _described(evaluator: LiveEvaluator) -> str:
    return ", ".join(f"{metric.name} {metric.version}" for metric in evaluator.metrics)


def _teller(version: str) -> Callable[[ScoredAnswer], None]:
    """A line for each answer, with the evaluator that gave it; texts of users never stand in it."""

    def told(scored: ScoredAnswer) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            parts = " ".join(f"{score.metric}={score.value}" for score in scored.scores)
            logger.debug(
                "scored %s release=%s score=%s evaluator=%s %s", scored.answer.id, scored.answer.release, scored.score.value, version, parts
            )

    return told
