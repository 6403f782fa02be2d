"""A finished run in memory, in place of a run directory, for what compares runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

from goldfinch.core.comparison.run_table import COST, LATENCY, STEPS, TOKENS, RunTable
from goldfinch.core.results.manifest import Manifest, MetricIdentity, RunStatus
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.testing.run_journal import sample_manifest

METRIC = MetricIdentity("exact", "1", 1.0)
_LACKING = (ScoreStatus.ERROR, ScoreStatus.MISSING)


@dataclass(frozen=True, slots=True)
class InMemoryResults:
    """A `RunResults` made from records; the last record of a (case, trial) counts."""

    stored: Manifest
    records: Sequence[ScoreRecord]
    location: str = "runs/in-memory"

    def manifest(self) -> Manifest:
        return self.stored

    def table(self) -> RunTable:
        table = RunTable(tuple(metric.name for metric in self.stored.metrics))
        for record in {(record.case_id, record.trial): record for record in self.records}.values():
            self._add(table, record)
        return table

    def _add(self, table: RunTable, record: ScoreRecord) -> None:
        place = table.cases.setdefault(record.case_id, len(table.cases))
        if place == len(table.hashes):
            table.hashes.append(record.case_hash)
            table.tags.append(record.tags)
            table.planned += record.trials
        if record.critical:
            table.critical.add(place)
        table.row_cases.append(place)
        table.passed.append(nan if record.passed is None else float(record.passed))
        self._add_scores(table, record)
        _add_measures(table, record)

    def _add_scores(self, table: RunTable, record: ScoreRecord) -> None:
        scores = {score.metric: score for score in record.scores}
        absent = MetricScore("", "", ScoreStatus.MISSING)
        lacking = [metric for metric in self.stored.metrics if scores.get(metric.name, absent).status in _LACKING]
        for metric in self.stored.metrics:
            value = scores.get(metric.name, absent).value
            table.scores.append(nan if value is None else value)
        table.no_score.update(metric.name for metric in lacking)
        has_no_answer = record.failure is not None and record.failure.kind.is_missing
        table.no_answer += has_no_answer
        if record.passed is None:
            table.no_verdict += has_no_answer or any(metric.pass_mark is not None for metric in lacking)


def _add_measures(table: RunTable, record: ScoreRecord) -> None:
    unmeasured = record.cached or (record.failure is not None and record.failure.kind.is_missing)
    tokens = None if record.input_tokens is None or record.output_tokens is None else record.input_tokens + record.output_tokens
    taken = {COST: record.cost_usd, LATENCY: record.latency_ms, TOKENS: tokens, STEPS: record.steps or None}
    for name, value in taken.items():
        table.measures[name].append(nan if unmeasured or value is None else value)


def scripted_results(
    run_id: str, outcomes: Mapping[str, Sequence[bool | float | None]], *, tags: Mapping[str, tuple[str, ...]] | None = None
) -> InMemoryResults:
    """A complete run with one metric, `exact`: by case what each trial scored, True and False for 1 and 0, None for a missing answer."""
    records = [
        _record(case_id, trial, len(trials), value, (tags or {}).get(case_id, ()))
        for case_id, trials in outcomes.items()
        for trial, value in enumerate(trials)
    ]
    most = max((len(trials) for trials in outcomes.values()), default=1)
    manifest = replace(sample_manifest(RunStatus.COMPLETE, cases=len(outcomes)), run_id=run_id, metrics=(METRIC,), trials=most)
    return InMemoryResults(manifest, records, f"runs/{run_id}")


def _record(case_id: str, trial: int, trials: int, value: bool | float | None, tags: tuple[str, ...]) -> ScoreRecord:
    status = ScoreStatus.MISSING if value is None else ScoreStatus.SCORED
    passed = None if value is None else value >= 1
    score = MetricScore(METRIC.name, METRIC.version, status, None if value is None else float(value), passed)
    return ScoreRecord(case_id, f"hash of {case_id}", trial, passed, (score,), trials=trials, tags=tags, critical="critical" in tags)
