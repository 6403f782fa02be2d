"""What a run shows when it is held against the base branch's cases: edited answers count by the old ones, new cases only inform.

Source: REQUIREMENTS T9. Everything is counted anew from the records; `summary.json` is only held against that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isclose

from goldfinch.core.checking.codes import MIXED_UP, NO_ANSWERS
from goldfinch.core.checking.dataset_changes import DatasetChanges
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.fingerprint import question_part
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import Manifest, RunStatus, identity_of
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.grading import assemble, grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.report import RunRecords
from goldfinch.operations.stored_records import add_stored
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.run_journal import RunReader


@dataclass(frozen=True, slots=True)
class Regrading:
    """With which metrics answers are graded again: those of cases whose expectation was edited, or `everything`."""

    metrics: tuple[Metric, ...]
    everything: bool = False


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run as the gates are shown it. `informing` sums up the new cases, which have no say; None where there are none.

    `costs` are the known and unknown costs, in US dollars, of answers to cases with the tag that was asked for.
    """

    summary: Summary
    changes: DatasetChanges | None = None
    informing: Summary | None = None
    costs: tuple[tuple[str, float | None], ...] = ()


def judge_run(reader: RunReader, *, base: Dataset | None = None, regrading: Regrading | None = None, tag: str | None = None) -> JudgedRun:
    """Sum a run up for the gates, by the cases of `base` where that is given.

    A base case that was not asked, or of which the question was changed, is missing evidence. Raises `RunDirectoryError` where files are
    damaged, do not belong together (E2208), or lack the answers that are needed (E2209).
    """
    manifest = reader.manifest()
    sorting = None if base is None else _Sorting(reader, manifest, base, regrading or Regrading(()))
    count = _counted(reader, sorting)
    told = count.summary(manifest)
    _require_whole(reader, manifest, told)
    if sorting is None:
        return JudgedRun(told, costs=count.costs_of(tag))
    if count.is_untouched:
        sorting.judged, sorting.costs = count.judged, count.costs
        return sorting.result(tag)
    for record in RunRecords(reader) if count.is_repeated else reader.scores():
        sorting.add(record)
    return sorting.result(tag)


def _require_whole(reader: RunReader, manifest: Manifest, told: Summary) -> None:
    """The summary on disk is not believed, but it has to agree: where it does not, somebody mixed runs up or changed one."""
    stored = reader.summary()
    if stored is None or manifest.status is RunStatus.RUNNING:
        return
    if stored.run_id != manifest.run_id:
        raise _mixed_up(reader, f"summary.json is of run {stored.run_id}, manifest.json of run {manifest.run_id}")
    if stored.status is manifest.status and _figures_differ(stored, told):
        raise _mixed_up(reader, "summary.json and results.jsonl do not belong together: one of them was changed, or lost lines")


def _mixed_up(reader: RunReader, what: str) -> RunDirectoryError:
    return RunDirectoryError(
        what, where=reader.location, hint="name the folder of one run; 'goldfinch score' makes both anew", code=MIXED_UP
    )


def _figures_differ(stored: Summary, told: Summary) -> bool:
    mine, theirs = dict(_figures(told)), dict(_figures(stored))
    if mine.keys() != theirs.keys():
        return True
    return any(not _same(mine[name], theirs[name]) for name in mine)


def _figures(summary: Summary) -> Iterator[tuple[str, float | None]]:
    passes = summary.passes
    yield from (("finished", summary.finished), ("passed", passes.passed), ("failed", passes.failed), ("undecided", passes.undecided))
    yield from (("rate", passes.rate.mean), ("cost", summary.cost.mean_usd), ("unknown cost", summary.cost.unknown))
    for metric in summary.metrics:
        yield f"mean of {metric.name}", metric.estimate.mean
        yield f"scored of {metric.name}", metric.scored
        yield f"failed of {metric.name}", metric.failed_cases


def _same(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


@dataclass(slots=True)
class _Count:
    """One pass over the records of a run as it is. `trials` by case.

    `is_repeated`: some pair has several lines. `is_untouched`: every record counts for the base branch as it is.
    """

    judged: SummaryAccumulator = field(default_factory=SummaryAccumulator)
    trials: dict[str, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    costs: list[tuple[str, tuple[str, ...], float | None]] = field(default_factory=list)
    is_repeated: bool = False
    is_untouched: bool = True

    def add(self, record: ScoreRecord, location: str, sorting: _Sorting | None) -> None:
        add_stored(self.judged, record, location)
        if sorting is not None and self.is_untouched:
            self.is_untouched = sorting.takes_as_it_is(record)
        self.trials[record.case_id] = record.trials
        self.costs.append((record.case_id, record.tags, record.cost_usd))

    def summary(self, manifest: Manifest) -> Summary:
        """Cases without a record have as many trials as the run plans for each."""
        unasked = max(0, manifest.dataset.cases - len(self.trials)) * manifest.trials
        return self.judged.summary(manifest, planned=sum(self.trials.values()) + unasked)

    def costs_of(self, tag: str | None) -> tuple[tuple[str, float | None], ...]:
        return tuple((case_id, cost) for case_id, tags, cost in self.costs if tag is not None and tag in tags)


def _counted(reader: RunReader, sorting: _Sorting | None) -> _Count:
    """In one pass where every pair has one line, as in every run that was never taken up again; else the last line counts."""
    count, location = _Count(), reader.location
    for record in reader.scores():
        key = answer_key(record.case_id, record.trial)
        if key in count.seen:
            return _counted_last(reader, sorting)
        count.seen.add(key)
        count.add(record, location, sorting)
    return count


def _counted_last(reader: RunReader, sorting: _Sorting | None) -> _Count:
    count = _Count(is_repeated=True)
    for record in RunRecords(reader):
        count.add(record, reader.location, sorting)
    return count


@dataclass(frozen=True, slots=True)
class _BaseCase:
    case_hash: str
    trials: int
    tags: tuple[str, ...]
    weight: float
    critical: bool

    def applied_to(self, record: ScoreRecord) -> ScoreRecord:
        """The record with what the base branch says of its case. Tags and trials are in no hash."""
        if (record.trials, record.tags, record.weight, record.critical) == (self.trials, self.tags, self.weight, self.critical):
            return record
        return replace(record, trials=self.trials, tags=self.tags, weight=self.weight, critical=self.critical)


@dataclass(slots=True)
class _Sorting:
    """One pass over the records of a run, beside the cases of the base branch."""

    reader: RunReader
    manifest: Manifest
    base: Dataset
    regrading: Regrading
    cases: Mapping[str, _BaseCase] = field(init=False)
    judged: SummaryAccumulator = field(default_factory=SummaryAccumulator)
    informing: SummaryAccumulator = field(default_factory=SummaryAccumulator)
    again: dict[str, list[ScoreRecord]] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    costs: list[tuple[str, tuple[str, ...], float | None]] = field(default_factory=list)
    informing_planned: int = 0

    def __post_init__(self) -> None:
        asked = Selection.from_filters(self.manifest.dataset.selection)
        self.cases = {
            case.id: _BaseCase(case_hash, case.trials or self.manifest.trials, case.tags, case.weight, case.critical)
            for case, case_hash in asked.apply(self.base.cases())
        }

    def takes_as_it_is(self, record: ScoreRecord) -> bool:
        """Whether the record is of a base case that nobody touched, and counts without being graded again."""
        case = self.cases.get(record.case_id)
        is_same = case is not None and case.case_hash == record.case_hash and record.trial < case.trials
        return is_same and not self.regrading.everything and case is not None and case.applied_to(record) is record

    def add(self, record: ScoreRecord) -> None:
        case = self.cases.get(record.case_id)
        if case is None:
            self.informing_planned += 0 if record.case_id in self.added else record.trials
            self.added.add(record.case_id)
            add_stored(self.informing, record, self.reader.location)
        elif question_part(case.case_hash) != question_part(record.case_hash):
            self.replaced.add(record.case_id)
        elif record.trial >= case.trials:
            return  # the change asks more often than the base does; its own trials do not make the base's case look better
        elif case.case_hash != record.case_hash or self.regrading.everything:
            if case.case_hash != record.case_hash:
                self.edited.add(record.case_id)
            self.again.setdefault(record.case_id, []).append(record)
        else:
            self._count(case.applied_to(record))

    def result(self, tag: str | None) -> JudgedRun:
        self._grade_again()
        planned = sum(case.trials for case in self.cases.values())
        metrics = tuple(map(identity_of, self.regrading.metrics)) if self.regrading.everything else self.manifest.metrics
        about = replace(self.manifest, metrics=metrics, dataset=replace(self.manifest.dataset, cases=len(self.cases)))
        informing = self.informing.summary(self.manifest, planned=self.informing_planned) if self.added else None
        costs = tuple((case_id, cost) for case_id, tags, cost in self.costs if tag is not None and tag in tags)
        return JudgedRun(self.judged.summary(about, planned=planned), self._changes(), informing, costs)

    def _changes(self) -> DatasetChanges:
        answered = {case_id for case_id, _, _ in self.costs} | self.replaced
        went_to_its_end = self.manifest.status in (RunStatus.COMPLETE, RunStatus.REPLAYED)
        removed = (case_id for case_id in self.cases if went_to_its_end and case_id not in answered)
        return DatasetChanges(
            base_cases=len(self.cases),
            added=tuple(sorted(self.added)),
            edited=tuple(sorted(self.edited)),
            replaced=tuple(sorted(self.replaced)),
            removed=tuple(sorted(removed)),
        )

    def _count(self, record: ScoreRecord) -> None:
        add_stored(self.judged, record, self.reader.location)
        self.costs.append((record.case_id, record.tags, record.cost_usd))

    def _grade_again(self) -> None:
        if not self.again:
            return
        for case, case_hash in self.base.cases():
            for record in self.again.pop(case.id, ()):
                self._count(self._graded(case, case_hash, record))

    def _graded(self, case: Case, case_hash: str, record: ScoreRecord) -> ScoreRecord:
        """The stored answer, graded by the base branch's case. A judge is not asked here: what it did not say of this case is missing."""
        output = self.reader.output_of(record.case_id, record.trial)
        if output is None:
            what = f"has no answer of case {record.case_id}, trial {record.trial}, which the base branch's case has to be held against"
            raise RunDirectoryError(what, where=self.reader.location, hint="keep outputs.jsonl beside results.jsonl", code=NO_ANSWERS)
        metrics, trials = self.regrading.metrics, self.cases[case.id].trials
        answer = replace(output, case_hash=case_hash)
        graded = grade(metrics, case, answer, trials=trials)
        if record.case_hash == case_hash:
            graded = assemble(metrics, case, answer, tuple(_with_judge(metrics, graded, record)), trials=trials)
        return replace(graded, judge_cost_usd=record.judge_cost_usd, judge_calls=record.judge_calls)


def _with_judge(metrics: Sequence[Metric], graded: ScoreRecord, stored: ScoreRecord) -> Iterator[MetricScore]:
    """The scores, with what this very judge said of this very case where only it can tell."""
    said = {(score.metric, score.version): score for score in stored.scores}
    for metric, score in zip(metrics, graded.scores, strict=True):
        is_open = isinstance(metric.scorer, JudgedMetric) and score.status is ScoreStatus.MISSING
        found = said.get((score.metric, score.version)) if is_open else None
        yield score if found is None else found
