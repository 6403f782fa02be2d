"""What became of one case, over all its trials, in words that a report can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus


class CaseOutcome(StrEnum):
    """One word for a case. Missing evidence is never a pass: every planned trial must have passed."""

    FAILED = "failed"
    """The agent failed, or a deciding metric stayed below its mark, in at least one trial."""
    ERROR = "error"
    """No trial failed, but an answer is missing or a scorer crashed: nothing was learned about the agent there."""
    UNDECIDED = "undecided"
    """No trial failed, but no deciding metric applies, or not all trials are there."""
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a trial did not pass. `source` is a metric or, where the agent gave no answer, the kind of failure."""

    source: str
    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One trial; `passed` None is undecided, and an error where `evidence_missing`."""

    trial: int
    passed: bool | None
    evidence_missing: bool
    reasons: tuple[Reason, ...]
    latency_ms: float | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case; `planned_trials` may be more than there are `trials`."""

    case_id: str
    case_hash: str
    critical: bool
    tags: tuple[str, ...]
    planned_trials: int
    trials: tuple[TrialResult, ...]

    @property
    def passed_trials(self) -> int:
        return sum(trial.passed is True for trial in self.trials)

    @property
    def outcome(self) -> CaseOutcome:
        if any(trial.passed is False for trial in self.trials):
            return CaseOutcome.FAILED
        if any(trial.evidence_missing for trial in self.trials):
            return CaseOutcome.ERROR
        if self.passed_trials < max(self.planned_trials, 1):
            return CaseOutcome.UNDECIDED
        return CaseOutcome.PASSED

    def telling_trial(self) -> TrialResult | None:
        """The trial that shows best why the case has its outcome: the first one that failed, else that is no pass; None if all passed."""
        open_trials = [trial for trial in self.trials if trial.passed is not True]
        open_trials.sort(key=lambda trial: (trial.passed is not False, not trial.evidence_missing))
        return open_trials[0] if open_trials else None


def case_results(records: Iterable[ScoreRecord]) -> Iterator[CaseResult]:
    """Gather the trials of each case; each (case, trial) comes once, in any order.

    Holds only the cases whose trials are not all in yet; those come last.
    """
    return map(case_result, trials_by_case(records))


def trials_by_case(records: Iterable[ScoreRecord]) -> Iterator[list[ScoreRecord]]:
    """The records of each case together, by trial; in the order, and with the memory, of `case_results`."""
    waiting: dict[str, list[ScoreRecord]] = {}
    for record in records:
        if record.trials <= 1 and record.case_id not in waiting:
            yield [record]
            continue
        trials = waiting.setdefault(record.case_id, [])
        trials.append(record)
        if len(trials) >= record.trials:
            yield _by_trial(waiting.pop(record.case_id))
    for case_id in sorted(waiting):
        yield _by_trial(waiting[case_id])


def case_result(records: Sequence[ScoreRecord]) -> CaseResult:
    """What became of a case, of the records of its trials."""
    first = records[0]
    return CaseResult(first.case_id, first.case_hash, first.critical, first.tags, first.trials, tuple(map(_trial_result, records)))


def _by_trial(records: list[ScoreRecord]) -> list[ScoreRecord]:
    return sorted(records, key=lambda record: record.trial)


def _trial_result(record: ScoreRecord) -> TrialResult:
    missing = record.failure is not None and record.failure.kind.is_missing
    no_score = any(score.status in (ScoreStatus.ERROR, ScoreStatus.MISSING) for score in record.scores)
    return TrialResult(
        trial=record.trial,
        passed=record.passed,
        evidence_missing=record.passed is None and (missing or no_score),
        reasons=() if record.passed else _reasons(record),
        latency_ms=record.latency_ms,
        cost_usd=record.cost_usd,
    )


def _reasons(record: ScoreRecord) -> tuple[Reason, ...]:
    if record.failure is not None:
        return (Reason(record.failure.kind.value, record.failure.message),)
    told = tuple(_reason(score) for score in record.scores if _tells(score))
    return told or (Reason("", "no deciding metric applies to this case"),)


def _tells(score: MetricScore) -> bool:
    return score.passed is False or score.status in (ScoreStatus.ERROR, ScoreStatus.MISSING)


def _reason(score: MetricScore) -> Reason:
    prefix = {ScoreStatus.ERROR: "scorer error: ", ScoreStatus.MISSING: "no evidence: "}.get(score.status, "")
    return Reason(score.metric, f"{prefix}{score.reason}", score.value)
