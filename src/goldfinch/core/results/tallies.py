"""The running counts that a summary is made of; each mergeable in any order and kept exactly by JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from goldfinch.core.results.records import ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import CostSummary, Estimate, LatencySummary, TokenSummary
from goldfinch.core.statistics.histogram import LogHistogram
from goldfinch.core.statistics.intervals import score_interval, wilson_interval
from goldfinch.core.statistics.moments import WeightedMoments

SHOWN_FAILED_CASES = 10
"""Ids kept beside the count of failed cases: the smallest ones, so that any order of merging keeps the same."""


def mean_estimate(moments: WeightedMoments) -> Estimate:
    """A mean of values from 0 to 1 with its interval (t, or Wilson's where all are perfect or all worst); None below two cases."""
    if moments.count == 0 or moments.mean is None:
        return Estimate(None, 0, None, None)
    error = moments.standard_error
    interval = None if error is None else score_interval(moments.mean, error, moments.count)
    if interval is None:
        return Estimate(moments.mean, moments.count, None, None)
    return Estimate(moments.mean, moments.count, interval.low, interval.high)


def latency_summary(histogram: LogHistogram) -> LatencySummary:
    """Percentiles of a histogram, in its unit."""
    p50, p90, p95, p99 = (histogram.quantile(q) for q in (0.5, 0.9, 0.95, 0.99))
    return LatencySummary(histogram.count, histogram.mean, p50, p90, p95, p99, histogram.max)


@dataclass(slots=True)
class Rate:
    """Pass rate over cases: each case counts once, with its share of passed trials."""

    shares: WeightedMoments = field(default_factory=WeightedMoments)
    trials: int = 0
    passed_trials: int = 0

    def add(self, passed: int, trials: int) -> None:
        self.shares.add(passed / trials)
        self.trials += trials
        self.passed_trials += passed

    def merge(self, other: Rate) -> None:
        self.shares.merge(other.shares)
        self.trials += other.trials
        self.passed_trials += other.passed_trials

    def estimate(self) -> Estimate:
        """Wilson's interval with one trial a case, t over the cases' shares with more (STATISTICS B)."""
        count = self.shares.count
        if count == 0:
            return Estimate(None, 0, None, None)
        if self.trials != count:
            return mean_estimate(self.shares)
        interval = wilson_interval(self.passed_trials, count)
        return Estimate(self.passed_trials / count, count, interval.low, interval.high)

    def to_state(self) -> dict[str, Any]:
        return {"shares": self.shares.to_state(), "trials": self.trials, "passed_trials": self.passed_trials}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(WeightedMoments.from_state(state["shares"]), state["trials"], state["passed_trials"])


@dataclass(slots=True)
class FailedCases:
    """How many cases stayed below the mark of a metric in at least one trial, and the first of them by id."""

    count: int = 0
    first_ids: tuple[str, ...] = ()

    def add(self, case_id: str) -> None:
        """Take one case in; each case comes once."""
        self.count += 1
        self.first_ids = tuple(sorted((*self.first_ids, case_id)))[:SHOWN_FAILED_CASES]

    def merge(self, other: FailedCases) -> None:
        self.count += other.count
        self.first_ids = tuple(sorted((*self.first_ids, *other.first_ids)))[:SHOWN_FAILED_CASES]

    def to_state(self) -> dict[str, Any]:
        return {"count": self.count, "first_ids": list(self.first_ids)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(state.get("count", 0), tuple(state.get("first_ids", ())))


@dataclass(slots=True)
class MetricTally:
    """One metric: its mean over cases, and what became of each record."""

    cases: WeightedMoments = field(default_factory=WeightedMoments)
    scored: int = 0
    not_applicable: int = 0
    errors: int = 0
    missing: int = 0
    failed: FailedCases = field(default_factory=FailedCases)

    def count(self, status: ScoreStatus) -> None:
        if status is ScoreStatus.SCORED:
            self.scored += 1
        elif status is ScoreStatus.NOT_APPLICABLE:
            self.not_applicable += 1
        elif status is ScoreStatus.ERROR:
            self.errors += 1
        else:
            self.missing += 1

    def merge(self, other: MetricTally) -> None:
        self.cases.merge(other.cases)
        self.scored += other.scored
        self.not_applicable += other.not_applicable
        self.errors += other.errors
        self.missing += other.missing
        self.failed.merge(other.failed)

    def to_state(self) -> dict[str, Any]:
        return {
            "cases": self.cases.to_state(),
            "scored": self.scored,
            "not_applicable": self.not_applicable,
            "errors": self.errors,
            "missing": self.missing,
            "failed": self.failed.to_state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        counts = {name: int(state[name]) for name in ("scored", "not_applicable", "errors", "missing")}
        return cls(WeightedMoments.from_state(state["cases"]), **counts, failed=FailedCases.from_state(state.get("failed", {})))


@dataclass(slots=True)
class CostTally:
    """US dollars; unknown costs are counted and in no sum."""

    total_usd: float = 0.0
    known: int = 0
    unknown: int = 0
    lost_usd: float = 0.0

    def add(self, cost_usd: float | None) -> None:
        if cost_usd is None:
            self.unknown += 1
        else:
            self.known += 1
            self.total_usd += cost_usd

    def merge(self, other: CostTally) -> None:
        self.total_usd += other.total_usd
        self.known += other.known
        self.unknown += other.unknown
        self.lost_usd += other.lost_usd

    def to_state(self) -> dict[str, Any]:
        return {"total_usd": self.total_usd, "known": self.known, "unknown": self.unknown, "lost_usd": self.lost_usd}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(state["total_usd"], state["known"], state["unknown"], state.get("lost_usd", 0.0))

    def summary(self) -> CostSummary:
        return CostSummary(self.total_usd, self.known, self.unknown, self.total_usd / self.known if self.known else None, self.lost_usd)


@dataclass(slots=True)
class OpenCase:
    """A case of which not all trials have come in yet."""

    expected: int
    weight: float
    tags: tuple[str, ...]
    seen: int = 0
    passed: int = 0
    failed: int = 0
    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Metric -> sum and count over the trials scored so far."""
    below: set[str] = field(default_factory=set)
    """Metrics of which a trial stayed below the mark."""

    def add(self, record: ScoreRecord) -> None:
        self.seen += 1
        self.passed += record.passed is True
        self.failed += record.passed is False
        for score in record.scores:
            if score.value is not None:
                self._add_values(score.metric, score.value, 1)
                if score.passed is False:
                    self.below.add(score.metric)

    def merge(self, other: OpenCase) -> None:
        self.seen += other.seen
        self.passed += other.passed
        self.failed += other.failed
        for metric, (total, count) in other.values.items():
            self._add_values(metric, total, count)
        self.below |= other.below

    def _add_values(self, metric: str, total: float, count: int) -> None:
        so_far, seen = self.values.get(metric, (0.0, 0))
        self.values[metric] = (so_far + total, seen + count)

    def to_state(self) -> dict[str, Any]:
        return {
            "expected": self.expected,
            "weight": self.weight,
            "tags": list(self.tags),
            "seen": self.seen,
            "passed": self.passed,
            "failed": self.failed,
            "values": {metric: list(pair) for metric, pair in self.values.items()},
            "below": sorted(self.below),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        values = {metric: (total, count) for metric, (total, count) in state["values"].items()}
        counts = (state["seen"], state["passed"], state["failed"])
        return cls(state["expected"], state["weight"], tuple(state["tags"]), *counts, values, set(state.get("below", ())))


@dataclass(slots=True)
class TokenTally:
    """Tokens of answers whose provider counted both sides; the others are counted as unknown."""

    input: int = 0
    output: int = 0
    unknown: int = 0

    def add(self, input_tokens: int | None, output_tokens: int | None) -> None:
        if input_tokens is None or output_tokens is None:
            self.unknown += 1
        else:
            self.input += input_tokens
            self.output += output_tokens

    def merge(self, other: TokenTally) -> None:
        self.input += other.input
        self.output += other.output
        self.unknown += other.unknown

    def to_state(self) -> dict[str, Any]:
        return {"input": self.input, "output": self.output, "unknown": self.unknown}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(state["input"], state["output"], state["unknown"])

    def summary(self) -> TokenSummary:
        return TokenSummary(self.input, self.output, self.unknown)
