"""Turn a finished run, the gates' report and a comparison into a review: read the few cases that it shows, hold nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

from goldfinch.core.comparison.outcome import RunReference
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import DatasetError, RunDirectoryError
from goldfinch.core.output import Output, Step
from goldfinch.core.redaction import Redactor
from goldfinch.core.results import wording
from goldfinch.core.results.case_result import CaseResult, case_results
from goldfinch.core.results.evidence import stated
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.report import Report, answer_excerpt, excerpt
from goldfinch.core.review import CaseEvidence
from goldfinch.operations.report import RunRecords
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.run_journal import RunReader

SHOWN_CASES = 50
_STEPS = 100
_STEP_BYTES = 300
Places = Callable[[Set[str]], Mapping[str, str]]
"""`file:line` of each of these cases in the dataset."""


@dataclass(frozen=True, slots=True)
class CaseSources:
    """Where a case's texts come from; what is None is not at hand, and its texts are then left out."""

    current: RunReader
    baseline: RunReader | None = None
    dataset: Dataset | None = None
    places: Places | None = None


def run_reference(manifest: Manifest, path: str) -> RunReference:
    """What a manifest says of its run."""
    return RunReference(
        run_id=manifest.run_id,
        started_at=manifest.started_at,
        agent=manifest.agent.name,
        head_sha=manifest.revision.head_sha,
        dataset_fingerprint=manifest.dataset.fingerprint,
        path=path,
    )


def case_evidence(case_ids: Sequence[str], sources: CaseSources, redact: Redactor | None = None) -> tuple[CaseEvidence, ...]:
    """The first `SHOWN_CASES` of the cases in full, in their order, free of secrets. A baseline that is damaged or gone gives no `was`."""
    redact = redact or Redactor()
    wanted = list(case_ids[:SHOWN_CASES])
    if not wanted:
        return ()
    now = _results(sources.current, set(wanted))
    before: dict[str, CaseResult] = {}
    if sources.baseline is not None:
        with suppress(RunDirectoryError):
            before = _results(sources.baseline, set(wanted))
    cases = {} if sources.dataset is None else _cases(sources.dataset, {case_id: found.case_hash for case_id, found in now.items()})
    places = _places(sources, set(wanted))
    shown = _Shown(sources, redact, now, before, cases, places)
    return tuple(map(shown.case, wanted))


def failed_cases(report: Report) -> tuple[str, ...]:
    """The cases that are worth reading where there is no comparison to name regressed ones."""
    return tuple(detail.result.case_id for detail in report.details)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was found of the wanted cases, by id."""

    sources: CaseSources
    redact: Redactor
    now: Mapping[str, CaseResult]
    before: Mapping[str, CaseResult]
    cases: Mapping[str, Case]
    places: Mapping[str, str]

    def case(self, case_id: str) -> CaseEvidence:
        redact, now, case = self.redact, self.now.get(case_id), self.cases.get(case_id)
        current = _output(self.sources.current, now, _telling)
        baseline = None if self.sources.baseline is None else _output(self.sources.baseline, self.before.get(case_id), _best)
        telling = now.telling_trial() if now is not None else None
        return CaseEvidence(
            case_id=case_id,
            input="" if case is None else excerpt(redact.value(case.input)),
            expected="" if case is None else _expected(case, redact),
            was="" if baseline is None else redact(answer_excerpt(baseline)),
            now="" if current is None else redact(answer_excerpt(current)),
            reason="" if telling is None else redact("; ".join(wording.reason_text(reason) for reason in telling.reasons)),
            trajectory_was=() if baseline is None else tuple(_steps(baseline.trajectory, redact)),
            trajectory_now=() if current is None else tuple(_steps(current.trajectory, redact)),
            where=self.places.get(case_id, ""),
        )


def _results(reader: RunReader, wanted: Set[str]) -> dict[str, CaseResult]:
    records = (record for record in RunRecords(reader) if record.case_id in wanted)
    return {result.case_id: result for result in case_results(records)}


def _telling(result: CaseResult) -> int:
    """The trial that shows best why the case did not pass."""
    return (result.telling_trial() or result.trials[0]).trial


def _best(result: CaseResult) -> int:
    """A trial that passed, where there is one: what the answer was while it was right."""
    return next((trial for trial in result.trials if trial.passed), result.trials[0]).trial


def _output(reader: RunReader, result: CaseResult | None, choose: Callable[[CaseResult], int]) -> Output | None:
    if result is None or not result.trials:
        return None
    with suppress(RunDirectoryError):  # an answer that cannot be read is left out: the verdict does not rest on what is shown
        record = reader.output_of(result.case_id, choose(result))
        return None if record is None else record.output
    return None


def _cases(dataset: Dataset, wanted: Mapping[str, str]) -> dict[str, Case]:
    found: dict[str, Case] = {}
    with suppress(DatasetError):  # a dataset that was broken since costs the review its inputs, not the review
        for case, case_hash in dataset.cases():
            if wanted.get(case.id) == case_hash:
                found[case.id] = case
                if len(found) == len(wanted):
                    break
    return found


def _places(sources: CaseSources, wanted: Set[str]) -> Mapping[str, str]:
    if sources.places is None:
        return {}
    with suppress(DatasetError):
        return sources.places(wanted)
    return {}


def _expected(case: Case, redact: Redactor) -> str:
    parts = stated(case.expected)
    shown = parts["answer"] if parts.keys() == {"answer"} else parts
    return excerpt(redact.value(shown)) if shown else ""


def _steps(trajectory: Sequence[Step], redact: Redactor) -> Iterator[str]:
    """A line a step: `assistant: let me look`, `search({"query": "refund"})`."""
    for step in trajectory[:_STEPS]:
        if step.text:
            yield excerpt(redact(f"{step.role}: {step.text}"), _STEP_BYTES)
        for call in step.tool_calls:
            yield excerpt(f"{redact(call.name)}({excerpt(redact.value(dict(call.arguments)), _STEP_BYTES)})", _STEP_BYTES)
    if len(trajectory) > _STEPS:
        yield f"… and {len(trajectory) - _STEPS:,} more steps"
