"""Scorers that burn CPU, off the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord
from goldfinch.core.scoring.grading import assemble, grade_one
from goldfinch.core.scoring.score import Metric


class HeavyGrader:
    """Grades with heavy metrics in threads and with the rest here. Starts no thread where no metric is heavy.

    Threads, not processes: a spawned process imports the user's main module again, and runs a script that has no `__main__` guard a
    second time; a forked one may hang on a lock that a thread held. The loop stays free either way.
    """

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics
        self._pool: ThreadPoolExecutor | None = None

    @property
    def needed(self) -> bool:
        return any(metric.heavy for metric in self._metrics)

    async def grade(self, case: Case, record: OutputRecord, *, trials: int) -> ScoreRecord:
        """As `core.scoring.grading.grade`, with the heavy metrics in threads."""
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
            self._pool = ThreadPoolExecutor(os.cpu_count() or 1, "goldfinch-scorer")
        return asyncio.get_running_loop().run_in_executor(self._pool, grade_one, metric, case, output)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
