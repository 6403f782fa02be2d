"""Where an answer becomes part of the run: written, scored, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.records import OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.asking import Work
from goldfinch.operations.engine.grading import HeavyGrader
from goldfinch.ports.run_journal import RunJournal, UnwritableRecord


class Recorder:
    """The single writer of a run. Everything it takes is in the journal before it is counted."""

    def __init__(self, journal: RunJournal, metrics: Sequence[Metric], accumulator: SummaryAccumulator) -> None:
        self._journal = journal
        self._metrics = tuple(metrics)
        self._heavy = HeavyGrader(self._metrics)
        self._accumulator = accumulator

    async def take(self, work: Work, record: OutputRecord) -> OutputRecord:
        """Write an answer, score it, count it. Returns the record as it was kept."""
        try:
            self._journal.append_output(record)
        except UnwritableRecord as error:
            record = replace(record, output=_refused(record.output, error))
            self._journal.append_output(record)
        await self.score(work, record)
        return record

    async def score(self, work: Work, record: OutputRecord) -> None:
        """Score an answer that is in the journal already."""
        if self._heavy.needed:
            scored = await self._heavy.grade(work.case, record, trials=work.trials)
        else:
            scored = grade(self._metrics, work.case, record, trials=work.trials)
        try:
            self._journal.append_scores(scored)
        except UnwritableRecord as error:
            scored = _without_evidence(scored, error)
            self._journal.append_scores(scored)
        self._accumulator.add(scored)

    def close(self) -> None:
        self._heavy.close()


def _refused(output: Output, error: UnwritableRecord) -> Output:
    failure = Failure(FailureKind.INVALID_OUTPUT, f"the answer cannot be written as JSON: {error}".splitlines()[0])
    return Output(usage=output.usage, cost_usd=output.cost_usd, latency_ms=output.latency_ms, model=output.model, failure=failure)


def _without_evidence(scored: ScoreRecord, error: UnwritableRecord) -> ScoreRecord:
    """A scorer gave evidence or a reason that is no JSON: its scores are kept as what they are, defects."""
    message = f"the scorer's evidence cannot be written as JSON: {error}".splitlines()[0]
    scores = tuple(
        replace(score, status=ScoreStatus.ERROR, value=None, passed=None, reason=message, evidence={}) if score.evidence else score
        for score in scored.scores
    )
    return replace(scored, scores=scores, passed=None)
