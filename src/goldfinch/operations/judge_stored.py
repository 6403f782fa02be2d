"""Ask the judge about the stored answers of a run. Scoring them (`operations.score`) then needs no call any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.judging.codes import INTERRUPTED
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.asking import Withdrawn
from goldfinch.operations.engine.judging import Judging
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judging_progress import judging_snapshot
from goldfinch.operations.score import StoredAnswer, manifest_of, stored_answers
from goldfinch.ports.clock import Clock
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.progress import Progress, ProgressSnapshot
from goldfinch.ports.run_journal import RunJournal


async def judge_stored(
    journal: RunJournal,
    dataset: Dataset,
    metrics: Sequence[Metric],
    judging: Judging,
    *,
    concurrency: int,
    clock: Clock,
    progress: Progress,
    stop: StopSignal,
) -> None:
    """Get every reply that the scores need and that is not there yet.

    Raises what stops it: the budget, a judge that cannot be asked, an interruption. Every finished reply is kept, and the scores of the
    run are still the old ones.
    """
    manifest = manifest_of(journal)
    dataset.check()
    answers = sum(answer.record is not None for answer in stored_answers(journal, dataset, manifest))
    asking = _Asking(stored_answers(journal, dataset, manifest), tuple(metrics), judging, stop, answers, clock, clock.monotonic_s())
    stop.tell(judging.caller.withdraw)
    telling = asyncio.create_task(asking.tell(progress))
    try:
        async with judging.caller:
            await asking.all(concurrency)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    if stop.reason is not None:
        raise stop.reason.error or InfrastructureError(
            f"{stop.reason.why}: {asking.judged} of {answers} answers are judged",
            hint="give the same command again: what the judge said is kept, and the scores are still the old ones",
            code=INTERRUPTED,
        )


@dataclass(slots=True)
class _Asking:
    """One pass over `work`, shared by its workers."""

    work: Iterator[StoredAnswer]
    metrics: tuple[Metric, ...]
    judging: Judging
    stop: StopSignal
    answers: int
    clock: Clock
    began: float
    judged: int = 0

    async def all(self, concurrency: int) -> None:
        """Work until there is nothing left, an error ends it, or somebody says stop."""
        workers = [asyncio.ensure_future(self._one_after_the_other()) for _ in range(min(concurrency, self.answers))]
        urgent = asyncio.ensure_future(self.stop.wait_urgent())
        everyone = asyncio.gather(*workers)
        try:
            await asyncio.wait((everyone, urgent), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (urgent, *workers):
                task.cancel()
            ended = await asyncio.gather(everyone, *workers, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _one_after_the_other(self) -> None:
        for answer in self.work:
            if self.stop.requested:
                return
            if answer.record is None:
                continue
            scored = grade(self.metrics, answer.case, answer.record, trials=answer.trials)
            try:
                await self.judging.judge(answer.case, answer.record, scored)
            except Withdrawn:
                return
            self.judged += 1

    async def tell(self, progress: Progress) -> None:
        """Until cancelled; once more at the end."""
        try:
            while True:
                await self.clock.sleep(progress.interval_s)
                progress.update(self._snapshot())
        finally:
            progress.update(self._snapshot())

    def _snapshot(self) -> ProgressSnapshot:
        ledger = self.judging.caller.ledger
        return judging_snapshot(
            planned=self.answers,
            judged=self.judged,
            in_flight=self.judging.caller.in_flight,
            spent_usd=ledger.earlier_usd + ledger.spent_usd,
            unpriced=ledger.unknown,
            budget_usd=ledger.limit_usd,
            elapsed_s=self.clock.monotonic_s() - self.began,
        )
