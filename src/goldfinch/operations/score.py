"""Score the stored answers of a run again: other scorers, or corrected expectations, without asking or paying the agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.fingerprint import question_part
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import DatasetError, Problem, RunDirectoryError
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import DatasetIdentity, Manifest, RunStatus, identity_of
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.judging import Judging
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


def score(journal: RunJournal, dataset: Dataset, metrics: Sequence[Metric], judging: Judging | None = None) -> Rescored:
    """Replace the scores of a run. The answers are not touched, and nothing is asked: `judging` has its replies (`judge_stored`).

    A case whose question (input, context) changed since it was asked has no answer here: raises `DatasetError`. Changed expectations,
    weights and tags are what scoring again is for. Killed in the middle, the run says that it is incomplete until it is scored again.
    """
    stored = manifest_of(journal)
    info = dataset.check()
    before = journal.summary()
    accumulator = SummaryAccumulator()
    rescoring = _Rescoring(stored_answers(journal, dataset, stored), tuple(metrics), accumulator, judging)
    manifest = replace(
        stored,
        dataset=DatasetIdentity(info.name, info.fingerprint, stored.dataset.cases, info.paths, stored.dataset.selection),
        judge=None if judging is None else judging.protocol.described,
        metrics=tuple(map(identity_of, metrics)),
    )
    journal.write_manifest(replace(stored, status=RunStatus.INCOMPLETE, reason="scoring again was interrupted; give the command again"))
    try:
        journal.replace_scores(rescoring.records())
    except BaseException:
        journal.write_manifest(stored)
        raise
    planned = _planned(rescoring, before)
    manifest = replace(manifest, **_ending(stored, accumulator, planned))
    summary = accumulator.summary(manifest, planned=planned, wall_s=before.wall_s if before is not None else 0.0)
    journal.write_summary(summary)
    journal.write_manifest(manifest)
    return Rescored(manifest, summary, rescoring.scored, rescoring.edited, rescoring.unanswered)


def manifest_of(journal: RunJournal) -> Manifest:
    """The manifest of the run that is to be scored. Raises `RunDirectoryError` where there is none."""
    stored = journal.stored_manifest()
    if stored is None:
        raise RunDirectoryError(
            "no manifest.json here", where=journal.location, hint="score the --output-dir of an earlier run", code="E1501"
        )
    return stored


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A pair of the dataset with its answer; `record` None is an answer that the run does not have."""

    case: Case
    case_hash: str
    trials: int
    record: OutputRecord | None

    @property
    def is_edited(self) -> bool:
        """Whether something else is expected than when the case was asked."""
        return self.record is not None and self.record.case_hash != self.case_hash


def stored_answers(journal: RunJournal, dataset: Dataset, manifest: Manifest) -> Iterator[StoredAnswer]:
    """Every pair that the run planned. Raises `DatasetError` where a question changed since it was asked."""
    for case, case_hash in Selection.from_filters(manifest.dataset.selection).apply(dataset.cases()):
        trials = case.trials or manifest.trials
        for trial in range(trials):
            answer = StoredAnswer(case, case_hash, trials, journal.output_of(case.id, trial))
            if answer.is_edited:
                _require_same_question(answer)
            yield answer


def _require_same_question(answer: StoredAnswer) -> None:
    if answer.record is None or question_part(answer.record.case_hash) == question_part(answer.case_hash):
        return
    problem = Problem(
        "its input or context changed since it was asked, so the stored answer is to another question",
        where=f"case {answer.case.id}",
        hint="evaluate again, or score with the dataset that was asked",
        code="E1291",
    )
    raise DatasetError((problem,))


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
    """One pass over the stored answers."""

    def __init__(
        self, answers: Iterator[StoredAnswer], metrics: tuple[Metric, ...], accumulator: SummaryAccumulator, judging: Judging | None
    ) -> None:
        self._answers = answers
        self._metrics = metrics
        self._accumulator = accumulator
        self._judging = judging
        self.scored = self.edited = self.unanswered = 0

    def records(self) -> Iterator[ScoreRecord]:
        for answer in self._answers:
            if answer.record is None:
                self.unanswered += 1
                continue
            self.edited += answer.is_edited
            output = replace(answer.record, case_hash=answer.case_hash)
            record = grade(self._metrics, answer.case, output, trials=answer.trials)
            if self._judging is not None:
                record = self._judging.from_replies(answer.case, output, record)
            self._accumulator.add(record)
            self.scored += 1
            yield record
