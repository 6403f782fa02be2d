"""Where an answer becomes part of the run: written, scored, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.records import OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.asking import Work
from goldfinch.operations.engine.grading import HeavyGrader
from goldfinch.operations.engine.judging import Judging
from goldfinch.ports.run_journal import RunJournal, UnwritableRecord


class Recorder:
    """The single writer of a run. Everything it takes is in the journal before it is counted."""

    def __init__(
        self, journal: RunJournal, metrics: Sequence[Metric], accumulator: SummaryAccumulator, judging: Judging | None = None
    ) -> None:
        self._journal = journal
        self._metrics = tuple(metrics)
        self._heavy = HeavyGrader(self._metrics)
        self._is_heavy = self._heavy.needed
        self._judging = judging
        self.must_wait = self._is_heavy or judging is not None
        """Whether scores have to be waited for: some need a thread or a judge."""
        self._accumulator = accumulator

    def take_at_once(self, work: Work, record: OutputRecord) -> ScoreRecord:
        """As `take`, where nothing has to be waited for: nearly always, and cheaper."""
        record = self._written(record)
        return self._keep(grade(self._metrics, work.case, record, trials=work.trials))

    async def take(self, work: Work, record: OutputRecord) -> ScoreRecord:
        """Write an answer, score it, count it; returns what was counted. What cannot be written is kept as the failure that it is."""
        return await self.score(work, self._written(record))

    def _written(self, record: OutputRecord) -> OutputRecord:
        try:
            self._journal.append_output(record)
        except UnwritableRecord as error:
            record = replace(record, output=_refused(record.output, error))
            self._journal.append_output(record)
        return record

    async def score(self, work: Work, record: OutputRecord) -> ScoreRecord:
        """Score an answer that is in the journal already."""
        if self._is_heavy:
            scored = await self._heavy.grade(work.case, record, trials=work.trials)
        else:
            scored = grade(self._metrics, work.case, record, trials=work.trials)
        return self._keep(scored if self._judging is None else await self._judging.judge(work.case, record, scored))

    def _keep(self, scored: ScoreRecord) -> ScoreRecord:
        try:
            self._journal.append_scores(scored)
        except UnwritableRecord as error:
            scored = _without_evidence(scored, error)
            self._journal.append_scores(scored)
        self._accumulator.add(scored)
        return scored

    def close(self) -> None:
        self._heavy.close()


def _refused(output: Output, error: UnwritableRecord) -> Output:
    """What can be kept: figures, and the failure where there was one already. All text is made writable."""
    failure = output.failure or Failure(FailureKind.INVALID_OUTPUT, f"the answer cannot be written as JSON: {error}")
    return Output(
        usage=output.usage,
        cost_usd=output.cost_usd,
        latency_ms=output.latency_ms,
        first_token_ms=output.first_token_ms,
        model=None if output.model is None else one_line(str(output.model)),
        failure=Failure(failure.kind, one_line(str(failure.message)), failure.status),
    )


def _without_evidence(scored: ScoreRecord, error: UnwritableRecord) -> ScoreRecord:
    """A scorer gave evidence or a reason that is no JSON: its scores are kept as what they are, defects."""
    message = one_line(f"the scorer's evidence cannot be written as JSON: {error}")
    scores = tuple(
        replace(score, status=ScoreStatus.ERROR, value=None, passed=None, reason=message, evidence={}) if score.evidence else score
        for score in scored.scores
    )
    return replace(scored, scores=scores, passed=None)
