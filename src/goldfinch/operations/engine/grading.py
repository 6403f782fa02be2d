"""Scorers that burn CPU, off the event loop."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord
from goldfinch.core.scoring.grading import assemble, grade_one
from goldfinch.core.scoring.score import Metric


class HeavyGrader:
    """Grades with heavy metrics in other processes and with the rest here. Starts no process where no metric is heavy.

    Processes are spawned, not forked: a fork of a process with threads and open connections may hang.
    """

    def __init__(self, metrics: Sequence[Metric], processes: int | None = None) -> None:
        self._metrics = metrics
        self._processes = processes or max(1, (os.cpu_count() or 2) - 1)
        self._pool: ProcessPoolExecutor | None = None

    @property
    def needed(self) -> bool:
        return any(metric.heavy for metric in self._metrics)

    async def grade(self, case: Case, record: OutputRecord, *, trials: int) -> ScoreRecord:
        """As `core.scoring.grading.grade`, with the heavy metrics elsewhere."""
        if record.output.failure is not None:
            scores = [grade_one(metric, case, record.output) for metric in self._metrics]
        else:
            waiting = [self._submit(metric, case, record.output) if metric.heavy else None for metric in self._metrics]
            scores = [
                grade_one(metric, case, record.output) if future is None else await future
                for metric, future in zip(self._metrics, waiting, strict=True)
            ]
        return assemble(self._metrics, case, record, tuple(scores), trials=trials)

    def _submit(self, metric: Metric, case: Case, output: Output) -> asyncio.Future[MetricScore]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, mp_context=multiprocessing.get_context("spawn"))
        return asyncio.get_running_loop().run_in_executor(self._pool, grade_one, metric, case, output)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
