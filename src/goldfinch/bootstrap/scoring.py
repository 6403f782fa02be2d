"""Wires the scoring of stored answers, and the judging that it may need."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.evaluation_request import requested_metrics
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.exchanges import refuse_replay
from goldfinch.bootstrap.judging import JudgeSpec, configured_judge
from goldfinch.bootstrap.run_settings import run_settings
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import UsageError
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Judge, Judging, Money, judges_anything, open_judging
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.evaluate import EvaluationOptions
from goldfinch.operations.judge_stored import judge_stored
from goldfinch.operations.score import Rescored, score
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.progress import Progress
from goldfinch.settings import RunSettings


def score_run(
    run_dir: Path,
    *,
    config: Path | None = None,
    dataset: Sequence[str | Path] | None = None,
    scorers: Sequence[str] | None = None,
    judge: JudgeSpec | None = None,
    progress: Progress | None = None,
) -> Rescored:
    """Score a run's answers again, with the settings' scorers and the run's own dataset where nothing else is given."""
    manifest = RunDirectory(run_dir).manifest()
    if not dataset and not manifest.dataset.paths:
        raise UsageError("the dataset of this run was not in files", where=str(run_dir), hint="give --dataset", code="E1003")
    loaded = load_settings(config)
    run = run_settings(loaded, {})
    configured = configured_judge(judge, loaded, concurrency=run.concurrency)
    metrics = requested_metrics(scorers, loaded, configured)
    if configured is not None:
        configured.require_use(metrics)
    redact = redactor_for(loaded.settings.agent, judge=configured.model_settings if configured else None)
    progress = progress or SilentProgress()
    journal = RunDirectoryJournal(run_dir, redact)
    try:
        answers = open_dataset(dataset or manifest.dataset.paths)
        if configured is None or not judges_anything(metrics):
            return score(journal, answers, metrics)
        refuse_replay(run, "goldfinch score")
        if (advice := configured.advice(metrics)) is not None:
            progress.note(advice)
        wanted = configured.judging(lambda: run_dir, redact, budget_usd=run.budget_usd)
        return _judged(_Stored(journal, answers, metrics, manifest.run_id), wanted, run, progress)
    finally:
        journal.close()


@dataclass(frozen=True, slots=True)
class _Stored:
    """A run that is to be scored again."""

    journal: RunDirectoryJournal
    answers: Dataset
    metrics: tuple[Metric, ...]
    run_id: str


def _judged(stored: _Stored, judge: Judge, run: RunSettings, progress: Progress) -> Rescored:
    """Ask the judge first, whatever that takes, then score in one go: an interruption leaves the old scores whole."""
    opened: list[Judging] = []

    async def ask(stop: StopSignal) -> None:
        clock = SystemClock()
        judging = open_judging(
            judge,
            stored.metrics,
            EvaluationOptions(timeout_s=run.timeout_s, max_attempts=run.max_attempts),
            clock=clock,
            gates=Gates(run.concurrency, clock),
            money=Money(BudgetLedger(None), asyncio.Event()),
            stop=stop,
            run_id=stored.run_id,
        )
        opened.append(judging)
        await judge_stored(
            stored.journal,
            stored.answers,
            stored.metrics,
            judging,
            concurrency=run.concurrency,
            clock=clock,
            progress=progress,
            stop=stop,
        )

    try:
        run_to_end(ask)
        return score(stored.journal, stored.answers, stored.metrics, opened[0])
    finally:
        for judging in opened:
            judging.caller.close()
