"""Score the stored answers of a run again: other scorers, or corrected expectations, without asking or paying the agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goldfinch.core.datasets.fingerprint import question_part
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import DatasetError, Problem, RunDirectoryError
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import DatasetIdentity, Manifest, MetricIdentity, RunStatus
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.run_journal import RunJournal


@dataclass(slots=True)
class Rescored:
    """`edited` cases expect something else than when they were asked; `unanswered` pairs of the dataset have no stored answer."""

    manifest: Manifest
    summary: Summary
    scored: int = 0
    edited: int = 0
    unanswered: int = 0


def score(journal: RunJournal, dataset: Dataset, metrics: Sequence[Metric]) -> Rescored:
    """Replace the scores of a run. The answers are not touched.

    A case whose question (input, context) changed since it was asked has no answer here: raises `DatasetError`. Changed expectations,
    weights and tags are what scoring again is for. Killed in the middle, the run says that it is incomplete until it is scored again.
    """
    stored = journal.stored_manifest()
    if stored is None:
        raise RunDirectoryError(
            "no manifest.json here", where=journal.location, hint="score the --output-dir of an earlier run", code="E1501"
        )
    info = dataset.check()
    before = journal.summary()
    accumulator = SummaryAccumulator()
    rescoring = _Rescoring(journal, dataset, tuple(metrics), stored, accumulator)
    manifest = replace(
        stored,
        dataset=DatasetIdentity(info.name, info.fingerprint, stored.dataset.cases, info.paths, stored.dataset.selection),
        metrics=tuple(MetricIdentity(metric.name, metric.version, metric.pass_mark) for metric in metrics),
    )
    journal.write_manifest(replace(stored, status=RunStatus.INCOMPLETE, reason="scoring again was interrupted; give the command again"))
    try:
        journal.replace_scores(rescoring.records())
    except BaseException:
        journal.write_manifest(stored)
        raise
    manifest = replace(manifest, **_ending(stored, accumulator, _planned(rescoring, before)))
    planned = _planned(rescoring, before)
    summary = accumulator.summary(manifest, planned=planned, wall_s=before.wall_s if before is not None else 0.0)
    journal.write_summary(summary)
    journal.write_manifest(manifest)
    return Rescored(manifest, summary, rescoring.scored, rescoring.edited, rescoring.unanswered)


def _planned(rescoring: _Rescoring, before: Summary | None) -> int:
    """Never fewer than were planned when the run was made: a case that left the dataset must not make the run look better."""
    return max(rescoring.scored + rescoring.unanswered, before.planned if before is not None else 0)


def _ending(stored: Manifest, counted: SummaryAccumulator, planned: int) -> dict[str, Any]:
    """Whether the run is complete, told from its answers: the stored status may be that of an interrupted scoring."""
    if counted.finished < planned:
        reason = f"{counted.finished} of {planned} answers; cases are missing from the dataset, or answers from the run"
        return {"status": RunStatus.INCOMPLETE, "reason": reason}
    status = stored.status_when_finished if stored.status in (RunStatus.RUNNING, RunStatus.INCOMPLETE) else stored.status
    return {"status": status, "reason": ""}


class _Rescoring:
    """One pass over the dataset, looking up each stored answer."""

    def __init__(
        self, journal: RunJournal, dataset: Dataset, metrics: tuple[Metric, ...], manifest: Manifest, accumulator: SummaryAccumulator
    ) -> None:
        self._journal = journal
        self._dataset = dataset
        self._metrics = metrics
        self._trials = manifest.trials
        self._selection = Selection.from_filters(manifest.dataset.selection)
        self._accumulator = accumulator
        self.scored = self.edited = self.unanswered = 0

    def records(self) -> Iterator[ScoreRecord]:
        for case, case_hash in self._selection.apply(self._dataset.cases()):
            trials = case.trials or self._trials
            for trial in range(trials):
                answer = self._journal.output_of(case.id, trial)
                if answer is None:
                    self.unanswered += 1
                    continue
                self._check(answer, case_hash)
                record = grade(self._metrics, case, replace(answer, case_hash=case_hash), trials=trials)
                self._accumulator.add(record)
                self.scored += 1
                yield record

    def _check(self, answer: OutputRecord, case_hash: str) -> None:
        if answer.case_hash == case_hash:
            return
        if question_part(answer.case_hash) != question_part(case_hash):
            problem = Problem(
                "its input or context changed since it was asked, so the stored answer is to another question",
                where=f"case {answer.case_id}",
                hint="evaluate again, or score with the dataset that was asked",
                code="E1291",
            )
            raise DatasetError((problem,))
        self.edited += 1
