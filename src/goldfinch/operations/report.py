"""Turn a run into a report: read each record once or twice, hold none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import DatasetError, RunDirectoryError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.case_result import CaseOutcome, CaseResult, case_results, trials_by_case
from goldfinch.core.results.evidence import AskedCase, Evidence, IsWanted, stated
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.results.report import CaseDetail, Report, answer_excerpt, excerpt, most_important
from goldfinch.core.results.summary import Summary
from goldfinch.operations.stored_records import add_stored
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.run_journal import RunReader

SHOWN_CASES = 50


class RunRecords:
    """The score records that count: the last one of each (case, trial). Remembers where it is, 16 bytes or so a record."""

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader
        self._last = CompactMap()
        for number, record in enumerate(reader.scores()):
            self._last[answer_key(record.case_id, record.trial)] = number

    @property
    def location(self) -> str:
        """Where the run is, for messages."""
        return self._reader.location

    def __iter__(self) -> Iterator[ScoreRecord]:
        """Streams. Records appended since this object was made are passed over."""
        for number, record in enumerate(self._reader.scores()):
            if self._last.get(answer_key(record.case_id, record.trial)) == number:
                yield record

    def cases(self) -> Iterator[CaseResult]:
        """Every case that has a record, streamed."""
        return case_results(self)


def build_report(
    reader: RunReader,
    records: RunRecords,
    *,
    dataset: Dataset | None = None,
    redact: Redactor | None = None,
    shown_cases: int = SHOWN_CASES,
) -> Report:
    """The report of a run, whole or not. With `dataset` the shown cases have their input and what was expected, free of secrets."""
    redact = redact or Redactor()
    manifest = reader.manifest()
    outcomes: Counter[CaseOutcome] = Counter()
    shown = most_important(records.cases(), shown_cases, outcomes)
    cases = {} if dataset is None else _cases_of(dataset, {result.case_id: result.case_hash for result in shown})
    not_passed = sum(outcomes.values()) - outcomes[CaseOutcome.PASSED]
    return Report(
        location=reader.location,
        manifest=manifest,
        summary=_summary(reader, records, manifest),
        outcomes=outcomes,
        details=tuple(_detail(reader, result, cases.get(result.case_id), redact) for result in shown),
        more=not_passed - len(shown),
        evidence=_evidence(reader, records, dataset, redact),
    )


def _evidence(reader: RunReader, records: RunRecords, dataset: Dataset | None, redact: Redactor) -> Evidence:
    def cases(is_wanted: IsWanted) -> Iterator[AskedCase]:
        if dataset is None:
            return
        with suppress(DatasetError):
            for case, case_hash in dataset.cases():
                if is_wanted(case.id, case_hash):
                    yield AskedCase(case.id, redact.value(case.input), redact.value(case.context), redact.value(stated(case.expected)))

    return Evidence(trials_by_case=lambda: trials_by_case(records), outputs=reader.outputs, cases=cases)


def summarise(records: RunRecords, manifest: Manifest) -> Summary:
    """The summary of the records that are there, made anew. Raises `RunDirectoryError` for a record that no run writes."""
    accumulator = SummaryAccumulator()
    cases = planned = 0
    for record in records:
        add_stored(accumulator, record, records.location)
    for case in records.cases():
        cases += 1
        planned += case.planned_trials
    planned += max(0, manifest.dataset.cases - cases) * manifest.trials
    return accumulator.summary(manifest, planned=planned)


def _summary(reader: RunReader, records: RunRecords, manifest: Manifest) -> Summary:
    """The summary on disk where its records bear it out, else that of the records."""
    told = summarise(records, manifest)
    stored = _stored_summary(reader, manifest)
    if stored is None:
        return told
    if _counts(stored) != _counts(told):
        raise RunDirectoryError(
            "summary.json and results.jsonl do not belong together: one of them was changed, or lost lines",
            where=reader.location,
            hint="make both anew from the answers with 'goldfinch score'",
            code="E1508",
        )
    return stored


def _counts(summary: Summary) -> tuple[int, ...]:
    passes = summary.passes
    return summary.finished, passes.passed, passes.failed, passes.undecided, *(metric.scored for metric in summary.metrics)


def _stored_summary(reader: RunReader, manifest: Manifest) -> Summary | None:
    """The summary on disk, unless the run went on after it was written."""
    if manifest.status is RunStatus.RUNNING:
        return None
    summary = reader.summary()
    return summary if summary is not None and (summary.run_id, summary.status) == (manifest.run_id, manifest.status) else None


def _cases_of(dataset: Dataset, wanted: Mapping[str, str]) -> dict[str, Case]:
    """The cases to show, where the dataset still holds them as they were asked."""
    found: dict[str, Case] = {}
    if not wanted:
        return found
    with suppress(DatasetError):  # a dataset that was broken since costs the report its inputs, not the report
        for case, case_hash in dataset.cases():
            if wanted.get(case.id) == case_hash:
                found[case.id] = case
                if len(found) == len(wanted):
                    break
    return found


def _detail(reader: RunReader, result: CaseResult, case: Case | None, redact: Redactor) -> CaseDetail:
    telling = result.telling_trial() or result.trials[0]
    record = reader.output_of(result.case_id, telling.trial)
    expected = None if case is None else _expectation(case.expected)
    return CaseDetail(
        result=result,
        trial=telling.trial,
        input=None if case is None else excerpt(redact.value(case.input)),
        expected=None if expected is None else excerpt(redact.value(expected)),
        answer=None if record is None else answer_excerpt(record.output),
    )


def _expectation(expected: Expected) -> object:
    """What was expected, in the words of the dataset: the plain answer where there is nothing else, None where nothing is said."""
    parts = stated(expected)
    parts.pop("tool_order", None)
    if "tools" in parts:
        parts["tools"] = [tool["name"] for tool in parts["tools"]]
    return parts["answer"] if parts.keys() == {"answer"} else parts or None
