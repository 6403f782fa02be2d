"""From score records to a summary: one record at a time, bounded memory, mergeable in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from goldfinch.core.results.manifest import Manifest, MetricIdentity
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.results.summary import MetricSummary, PassSummary, Summary
from goldfinch.core.results.tallies import CostTally, MetricTally, OpenCase, Rate, TokenTally, latency_summary, mean_estimate
from goldfinch.core.statistics.histogram import LogHistogram
from goldfinch.core.statistics.moments import WeightedMoments
from goldfinch.core.statistics.pass_at_k import pass_at_k, pass_hat_k

_COUNTS = ("finished", "missing", "cached", "passed", "failed", "undecided")


class SummaryAccumulator:
    """Takes each (case, trial) once, in any order, and summarises at any time.

    Holds one tally per metric and tag, and the cases whose trials are not all in yet: with trials asked case by case that is at most
    the number of calls in flight. Merging commutes and associates up to the last digits of the means.
    """

    def __init__(self) -> None:
        self.finished = 0
        """Pairs about which something was learned."""
        self.missing = 0
        """Pairs that were asked without anything being learned."""
        self.cached = self.passed = self.failed = self.undecided = 0
        self.cost, self.judge_cost = CostTally(), CostTally()
        self._rate = Rate()
        self._metrics: dict[str, MetricTally] = {}
        self._tags: dict[str, Rate] = {}
        self._at_k: dict[int, WeightedMoments] = {}
        self._hat_k: dict[int, WeightedMoments] = {}
        self.failures: Counter[str] = Counter()
        self._tokens = TokenTally()
        self._latency, self._first_token = LogHistogram(), LogHistogram()
        self._open: dict[str, OpenCase] = {}

    def add(self, record: ScoreRecord) -> None:
        """Take one record in."""
        self._count(record)
        if record.trials == 1:
            if record.passed is not None:
                self._rate_case(int(record.passed), 1, record.tags)
            return
        case = self._open.get(record.case_id)
        if case is None:
            case = self._open[record.case_id] = OpenCase(record.trials, record.weight, record.tags)
        case.add(record)
        if case.seen >= case.expected:
            self._close(record.case_id, self._open.pop(record.case_id))

    def lose(self, cost_usd: float | None) -> None:
        """Money that was paid for an answer that could not be had."""
        self.cost.lost_usd += cost_usd or 0.0

    def merge(self, other: SummaryAccumulator) -> None:
        """Take in everything that `other` holds; `other` is not to be used afterwards."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cost.merge(other.cost)
        self.judge_cost.merge(other.judge_cost)
        self._tokens.merge(other._tokens)
        self._latency.merge(other._latency)
        self._first_token.merge(other._first_token)
        self.failures += other.failures
        self._rate.merge(other._rate)
        for mine, theirs in (
            (self._tags, other._tags),
            (self._metrics, other._metrics),
            (self._at_k, other._at_k),
            (self._hat_k, other._hat_k),
        ):
            _merge_by_key(mine, theirs)
        for case_id, case in other._open.items():
            self._merge_open(case_id, case)

    def summary(self, manifest: Manifest, *, planned: int, wall_s: float = 0.0) -> Summary:
        """The summary of what came in so far; cases with fewer trials than planned count with those that they have."""
        if self._open:
            return self._with_open_cases_closed().summary(manifest, planned=planned, wall_s=wall_s)
        return Summary(
            run_id=manifest.run_id,
            status=manifest.status,
            reason=manifest.reason,
            cases=manifest.dataset.cases,
            planned=planned,
            finished=self.finished,
            cached=self.cached,
            passes=self._pass_summary(),
            metrics=tuple(map(self._metric_summary, manifest.metrics)),
            failures=dict(sorted(self.failures.items())),
            cost=self.cost.summary(),
            judge_cost=self.judge_cost.summary(),
            tokens=self._tokens.summary(),
            latency_ms=latency_summary(self._latency),
            first_token_ms=latency_summary(self._first_token),
            tags={tag: self._tags[tag].estimate() for tag in sorted(self._tags)},
            wall_s=wall_s,
            state=self.to_state(),
        )

    def to_state(self) -> dict[str, Any]:
        """Everything, as plain values that JSON keeps exactly: summaries of shards are merged from it."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "cost": self.cost.to_state(),
            "judge_cost": self.judge_cost.to_state(),
            "tokens": self._tokens.to_state(),
            "latency_ms": self._latency.to_state(),
            "first_token_ms": self._first_token.to_state(),
            "failures": dict(self.failures),
            "rate": self._rate.to_state(),
            "tags": _states(self._tags),
            "metrics": _states(self._metrics),
            "pass_at_k": _states(self._at_k),
            "pass_hat_k": _states(self._hat_k),
            "open": _states(self._open),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `to_state`."""
        restored = cls()
        for name in _COUNTS:
            setattr(restored, name, state[name])
        restored.cost = CostTally.from_state(state["cost"])
        restored.judge_cost = CostTally.from_state(state["judge_cost"])
        restored._tokens = TokenTally.from_state(state["tokens"])
        restored._latency = LogHistogram.from_state(state["latency_ms"])
        restored._first_token = LogHistogram.from_state(state["first_token_ms"])
        restored.failures = Counter(state["failures"])
        restored._rate = Rate.from_state(state["rate"])
        restored._tags = {tag: Rate.from_state(rate) for tag, rate in state["tags"].items()}
        restored._metrics = {name: MetricTally.from_state(tally) for name, tally in state["metrics"].items()}
        restored._at_k = {int(k): WeightedMoments.from_state(moments) for k, moments in state["pass_at_k"].items()}
        restored._hat_k = {int(k): WeightedMoments.from_state(moments) for k, moments in state["pass_hat_k"].items()}
        restored._open = {case_id: OpenCase.from_state(case) for case_id, case in state["open"].items()}
        return restored

    def _count(self, record: ScoreRecord) -> None:
        failure = record.failure
        missing = failure is not None and failure.kind.is_missing
        if missing:
            self.missing += 1
        else:
            self.finished += 1
        if failure is not None:
            self.failures[failure.kind.value] += 1
        if record.passed is None:
            self.undecided += 1
        elif record.passed:
            self.passed += 1
        else:
            self.failed += 1
        self._count_scores(record)
        if record.judge_calls:
            self.judge_cost.add(record.judge_cost_usd)
        if record.cached:
            self.cached += 1
        elif missing:
            self.lose(record.cost_usd)
        else:
            self._measure(record)

    def _count_scores(self, record: ScoreRecord) -> None:
        closes_case = record.trials == 1
        for score in record.scores:
            tally = self._metrics.get(score.metric)
            if tally is None:
                tally = self._metrics[score.metric] = MetricTally()
            tally.count(score.status)
            if closes_case and score.value is not None:
                tally.cases.add(score.value, record.weight)
                if score.passed is False:
                    tally.failed.add(record.case_id)

    def _measure(self, record: ScoreRecord) -> None:
        self.cost.add(record.cost_usd)
        self._tokens.add(record.input_tokens, record.output_tokens)
        if record.latency_ms is not None:
            self._latency.add(record.latency_ms)
        if record.first_token_ms is not None:
            self._first_token.add(record.first_token_ms)

    def _close(self, case_id: str, case: OpenCase) -> None:
        for metric, (total, count) in case.values.items():
            self._metrics[metric].cases.add(total / count, case.weight)
        for metric in case.below:
            self._metrics[metric].failed.add(case_id)
        if decided := case.passed + case.failed:
            self._rate_case(case.passed, decided, case.tags)

    def _rate_case(self, passed: int, trials: int, tags: Iterable[str]) -> None:
        self._rate.add(passed, trials)
        for tag in tags:
            rate = self._tags.get(tag)
            if rate is None:
                rate = self._tags[tag] = Rate()
            rate.add(passed, trials)
        if trials == 1:  # both are the rate itself
            return
        for k in _shown_ks(trials):
            self._at_k.setdefault(k, WeightedMoments()).add(pass_at_k(trials, passed, k))
            self._hat_k.setdefault(k, WeightedMoments()).add(pass_hat_k(trials, passed, k))

    def _merge_open(self, case_id: str, case: OpenCase) -> None:
        mine = self._open.get(case_id)
        if mine is None:
            self._open[case_id] = case
            return
        mine.merge(case)
        if mine.seen >= mine.expected:
            self._close(case_id, self._open.pop(case_id))

    def _with_open_cases_closed(self) -> SummaryAccumulator:
        closed = SummaryAccumulator.from_state(self.to_state())
        for case_id in sorted(closed._open):
            closed._close(case_id, closed._open[case_id])
        closed._open.clear()
        return closed

    def _pass_summary(self) -> PassSummary:
        rate = self._rate.estimate()
        single = {1: rate} if self._at_k else {}
        return PassSummary(
            rate=rate,
            passed=self.passed,
            failed=self.failed,
            undecided=self.undecided,
            pass_at_k=single | {k: mean_estimate(moments) for k, moments in sorted(self._at_k.items())},
            pass_hat_k=single | {k: mean_estimate(moments) for k, moments in sorted(self._hat_k.items())},
        )

    def _metric_summary(self, metric: MetricIdentity) -> MetricSummary:
        tally = self._metrics.get(metric.name) or MetricTally()
        decides = metric.pass_mark is not None
        return MetricSummary(
            name=metric.name,
            version=metric.version,
            pass_mark=metric.pass_mark,
            estimate=mean_estimate(tally.cases),
            scored=tally.scored,
            not_applicable=tally.not_applicable,
            errors=tally.errors,
            missing=tally.missing,
            advisory=metric.advisory,
            failed_cases=tally.failed.count if decides else None,
            failed_case_ids=tally.failed.first_ids if decides else (),
            is_heuristic=metric.is_heuristic,
        )


def _shown_ks(trials: int) -> Iterator[int]:
    """All up to ten, then powers of two: enough to see the curve, and few enough for any number of trials."""
    yield from range(2, min(trials, 10) + 1)
    k = 16
    while k <= trials:
        yield k
        k *= 2


def _merge_by_key(mine: dict[Any, Any], theirs: Mapping[Any, Any]) -> None:
    for key, value in theirs.items():
        if key in mine:
            mine[key].merge(value)
        else:
            mine[key] = value


def _states(by_key: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value.to_state() for key, value in by_key.items()}
