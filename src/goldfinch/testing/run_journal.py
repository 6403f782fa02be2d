"""A run in memory, in place of a run directory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.output import Failure, Output
from goldfinch.core.results.manifest import AgentIdentity, DatasetIdentity, Host, Manifest, MetricIdentity, RunStatus
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Summary
from goldfinch.ports.run_journal import AnswerKey, UnwritableRecord

Record = TypeVar("Record", OutputRecord, ScoreRecord)


@dataclass
class InMemoryRun:
    """A `RunJournal` whose lines are lists; `synced` counts the calls of `sync`.

    It refuses what JSON cannot hold, as the real one does. With `full_after` the disk is full after that many appended lines: lines,
    manifest and summary are refused from then on, until it is set to None; what is there stays readable.
    """

    stored: Manifest | None = None
    stored_summary: Summary | None = None
    output_lines: list[OutputRecord] = field(default_factory=list)
    score_lines: list[ScoreRecord] = field(default_factory=list)
    location: str = "runs/in-memory"
    synced: int = 0
    closed: bool = False
    full_after: int | None = None
    appended: int = 0

    def manifest(self) -> Manifest:
        if self.stored is None:
            raise LookupError(f"{self.location} has no manifest")
        return self.stored

    def stored_manifest(self) -> Manifest | None:
        return self.stored

    def summary(self) -> Summary | None:
        return self.stored_summary

    def outputs(self) -> Iterator[OutputRecord]:
        yield from self._counting(self.output_lines)

    def scores(self) -> Iterator[ScoreRecord]:
        yield from self._counting(self.score_lines)

    def output_of(self, case_id: str, trial: int) -> OutputRecord | None:
        lines = (record for record in reversed(self.output_lines) if (record.case_id, record.trial) == (case_id, trial))
        return next(lines, None)

    def answer_keys(self) -> Iterator[AnswerKey]:
        for record in self.output_lines:
            failure = record.output.failure
            yield AnswerKey(record.case_id, record.trial, failure is not None and failure.kind.is_missing)

    def clear(self) -> None:
        self.stored = self.stored_summary = None
        self.output_lines.clear()
        self.score_lines.clear()

    def append_output(self, record: OutputRecord) -> None:
        self._append(record)
        self.output_lines.append(record)

    def append_scores(self, record: ScoreRecord) -> None:
        self._append(record)
        self.score_lines.append(record)

    def clear_scores(self) -> None:
        self.score_lines.clear()

    def replace_scores(self, records: Iterable[ScoreRecord]) -> None:
        self.score_lines = list(records)

    def write_manifest(self, manifest: Manifest) -> None:
        self._require_space()
        self.stored = manifest

    def write_summary(self, summary: Summary) -> None:
        self._require_space()
        self.stored_summary = summary

    def sync(self) -> None:
        self.synced += 1

    def close(self) -> None:
        self.closed = True

    def _counting(self, records: Sequence[Record]) -> Iterator[Record]:
        """The last line of each (case, trial). As on disk, a run that was never taken up again is not searched for earlier ones."""
        if self.stored is not None and not self.stored.resumed:
            return iter(records)
        last = {(record.case_id, record.trial): index for index, record in enumerate(records)}
        return (record for index, record in enumerate(records) if last[record.case_id, record.trial] == index)

    def _append(self, record: OutputRecord | ScoreRecord) -> None:
        _require_json(record)
        self._require_space()
        self.appended += 1

    def _require_space(self) -> None:
        if self.full_after is not None and self.appended >= self.full_after:
            raise InfrastructureError("cannot write: no space left on device", where=self.location, hint="free space", code="E1401")


def _require_json(record: OutputRecord | ScoreRecord) -> None:
    try:
        text = json.dumps(asdict(record), allow_nan=False, ensure_ascii=False)
        text.encode()
        json.loads(text, parse_int=_within_64_bits)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnwritableRecord(f"{type(error).__name__}: {error}") from error


def _within_64_bits(digits: str) -> int:
    if not -(2**63) <= int(digits) < 2**64:
        raise ValueError("an integer is beyond 64 bits")
    return int(digits)


def sample_manifest(
    status: RunStatus = RunStatus.COMPLETE, *, reason: str = "", cases: int = 4, trials: int = 1, text: str = ""
) -> Manifest:
    """A manifest with one deciding and one informational metric; `text` is put into every free field, to try a reporter with it."""
    return Manifest(
        run_id=f"run-1{text}",
        status=status,
        started_at="2026-11-23T09:00:00Z",
        finished_at=None if status is RunStatus.RUNNING else "2026-11-23T09:01:00Z",
        dataset=DatasetIdentity(name=f"golden{text}", fingerprint=f"9f2e4711aa{text}", cases=cases, paths=(f"golden{text}",)),
        agent=AgentIdentity(name=f"support:answer{text}", version=f"1{text}"),
        metrics=(MetricIdentity(f"accuracy{text}", f"1{text}", 0.75), MetricIdentity(f"tone{text}", f"1{text}", None)),
        trials=trials,
        seed=7,
        host=Host(os=f"Linux{text}", python="3.11", cpu=f"cpu{text}", cores=2, memory_mb=None),
        reason=f"{reason}{text}" if reason else text,
    )


def sample_record(
    case_id: str,
    value: float | None = 1.0,
    *,
    trial: int = 0,
    trials: int = 1,
    failure: Failure | None = None,
    text: str = "",
    **facts: Any,
) -> ScoreRecord:
    """The scores of one answer to `sample_manifest`'s metrics: accuracy `value`, None for a crashed scorer; tone does not apply."""
    judged = failure is None or not failure.kind.is_missing
    status = ScoreStatus.MISSING if not judged else ScoreStatus.ERROR if value is None else ScoreStatus.SCORED
    passed = value >= 0.75 if judged and value is not None else None
    known = value if status is ScoreStatus.SCORED else None
    why = f"{text}{'' if passed else 'the refund is not mentioned'}"
    return ScoreRecord(
        case_id=f"{case_id}{text}",
        case_hash=f"hash-of-{case_id}",
        trial=trial,
        trials=trials,
        passed=passed,
        scores=(
            MetricScore(f"accuracy{text}", f"1{text}", status, known, passed, why),
            MetricScore(f"tone{text}", f"1{text}", ScoreStatus.NOT_APPLICABLE),
        ),
        failure=failure,
        **{"latency_ms": 800.0, "cost_usd": 0.03, "input_tokens": 200, "output_tokens": 50} | facts,
    )


def sample_output(case_id: str, answer: str, *, trial: int = 0, text: str = "", failure: Failure | None = None) -> OutputRecord:
    """The answer that belongs to `sample_record`."""
    output = Output(text=None if failure else f"{answer}{text}", failure=failure)
    return OutputRecord(f"{case_id}{text}", f"hash-of-{case_id}", trial, "2026-11-23T09:00:00Z", output)
