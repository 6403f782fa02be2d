"""What the gates are shown: measurements with their counts, as plain values. A part that is None was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from goldfinch.core.gates.policy import Scanner, Severity
from goldfinch.core.gates.safety import SafetyVotes
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.summary import CostSummary, Estimate, MetricSummary, Summary


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with how many observations it rests on and its 95 % interval; None where that is not known."""

    value: float | None
    count: int | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, estimate: Estimate) -> Measured:
        return cls(estimate.mean, estimate.count, estimate.low, estimate.high)


@dataclass(frozen=True, slots=True)
class Spot:
    """One problem: where it is (`src/app.py:12`, a test's name) and what it is, in one line of its tool's words."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class LintCheck:
    """What a linter found: how many problems, and the first of them."""

    problems: int | None
    first: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """What a type checker found. `by_place` counts the errors by `file [code]`, where that is known.

    `stopped` says why the checker did not get to its end: then fewer errors mean nothing.
    """

    errors: int | None
    by_place: Mapping[str, int] = field(default_factory=dict)
    first: tuple[Spot, ...] = ()
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class TestTotals:
    """Tests of all JUnit files together. `failed` and `errors` are apart, as JUnit has them."""

    __test__: ClassVar[bool] = False  # no test of pytest's

    tests: int | None
    failed: int | None = 0
    errors: int | None = 0
    skipped: int | None = 0
    first: tuple[Spot, ...] = ()
    """The first failures."""
    files: int = 1


@dataclass(frozen=True, slots=True)
class FileLines:
    """Lines of one file that can run: those that ran, and all."""

    executed: frozenset[int]
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class CoverageGroup:
    """What one group of tests measured, by path."""

    name: str
    files: Mapping[str, FileLines]

    @property
    def measured_nothing(self) -> bool:
        """No file, or not one line that ran: the group looked somewhere else (C36)."""
        return not any(file.executed for file in self.files.values())


@dataclass(frozen=True, slots=True)
class Coverage:
    """Line coverage of all groups together: a line counts once, and ran where it ran in any group."""

    rate: float | None
    lines: int | None = None
    groups: tuple[str, ...] = ()
    empty_groups: tuple[str, ...] = ()

    @classmethod
    def combined(cls, groups: Iterable[CoverageGroup]) -> Coverage:
        groups = tuple(groups)
        executed: dict[str, set[int]] = {}
        lines: dict[str, set[int]] = {}
        for path, file in (item for group in groups for item in group.files.items()):
            executed.setdefault(path, set()).update(file.executed)
            lines.setdefault(path, set()).update(file.lines | file.executed)
        total = sum(map(len, lines.values()))
        rate = sum(map(len, executed.values())) / total if total else None
        return cls(rate, total, tuple(group.name for group in groups), tuple(group.name for group in groups if group.measured_nothing))


@dataclass(frozen=True, slots=True)
class TestEvidence:
    """What stage 1 and 2 of the pipeline measured. `known_types` are the type errors that are tolerated, by `file [code]`."""

    __test__: ClassVar[bool] = False  # no test of pytest's

    lint: LintCheck | None = None
    types: TypeCheck | None = None
    known_types: Mapping[str, int] | None = None
    tests: TestTotals | None = None
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding of a scanner. `severity` None: the scanner gives none, and it counts as the worst."""

    id: str
    text: str
    where: str = ""
    severity: Severity | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scanner did. `examined` counts what it looked at, in the `unit`; `not_audited` says why it could not look."""

    scanner: Scanner
    issues: tuple[Issue, ...] = ()
    examined: int | None = None
    unit: str = ""
    not_audited: str = ""
    skipped: tuple[str, ...] = ()
    """Packages or files that it could not look at."""


@dataclass(frozen=True, slots=True)
class MetricEvidence:
    """One metric of a run. `failed_cases` and their first ids: cases with a trial below the pass mark."""

    mean: Measured
    missing: int = 0
    """Scores that should be there and are not: no answer, no judgement, a crash of the scorer."""
    scored: int | None = None
    advisory: bool = False
    heuristic: bool = False
    failed_cases: int | None = None
    failed_case_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, metric: MetricSummary) -> MetricEvidence:
        return cls(
            Measured.of(metric.estimate),
            missing=metric.missing + metric.errors,
            scored=metric.scored,
            advisory=metric.advisory,
            heuristic=metric.is_heuristic,
            failed_cases=metric.failed_cases,
            failed_case_ids=metric.failed_case_ids,
        )


@dataclass(frozen=True, slots=True)
class RequestCost:
    """US dollars. `mean` is over the `known` answers; with `unknown` ones `total` is a lower bound."""

    mean: float | None
    known: int | None = None
    unknown: int = 0
    total: float | None = None

    @property
    def answers(self) -> int:
        return (self.known or 0) + self.unknown

    @classmethod
    def of(cls, cost: CostSummary, judge: CostSummary) -> RequestCost:
        """A judge's unknown price leaves the run's total open as an answer's does; the mean is of answers only."""
        total = cost.total_usd + cost.lost_usd + judge.total_usd + judge.lost_usd
        return cls(cost.mean_usd, cost.known, cost.unknown, total if cost.known or judge.known else None)


@dataclass(frozen=True, slots=True)
class HighestCost:
    """The dearest of several: of complex tasks, of tests. US dollars; `unknown` ones are in no figure."""

    usd: float | None
    name: str = ""
    count: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, costs: Iterable[tuple[str, float | None]]) -> HighestCost:
        """Of names with their cost. A cost that is no finite number from 0 is unknown."""
        costs = tuple(costs)
        known = [(usd, name) for name, usd in costs if usd is not None and 0 <= usd < float("inf")]
        usd, name = max(known, default=(None, ""))
        return cls(usd, name, len(costs), len(costs) - len(known))


@dataclass(frozen=True, slots=True)
class EvaluationEvidence:
    """One evaluation run, as far as gates judge it. `decided` and `undecided` count (case, trial) pairs."""

    pass_rate: Measured
    metrics: Mapping[str, MetricEvidence]
    status: RunStatus = RunStatus.COMPLETE
    reason: str = ""
    planned: int | None = None
    finished: int | None = None
    decided: int | None = None
    cost: RequestCost = RequestCost(None)
    judge_cost_unknown: int = 0
    is_replayed: bool = False
    safety_votes: Mapping[str, SafetyVotes] = field(default_factory=dict)
    """What asking again said of cases that one judgement called unsafe, by case id."""
    safety_is_judged: bool = False
    """A model judged safety, so that one judgement proves nothing; a deterministic check that fails is confirmed by itself."""

    @classmethod
    def of(
        cls,
        summary: Summary,
        *,
        safety_votes: Mapping[str, SafetyVotes] | None = None,
        safety_is_judged: bool = False,
        is_replayed: bool = False,
    ) -> EvaluationEvidence:
        """From a run's summary. `is_replayed`: of its manifest; an incomplete replay does not say so by its status."""
        return cls(
            pass_rate=Measured.of(summary.passes.rate),
            metrics={metric.name: MetricEvidence.of(metric) for metric in summary.metrics},
            status=summary.status,
            reason=summary.reason,
            planned=summary.planned,
            finished=summary.finished,
            decided=summary.passes.passed + summary.passes.failed,
            cost=RequestCost.of(summary.cost, summary.judge_cost),
            judge_cost_unknown=summary.judge_cost.unknown,
            is_replayed=is_replayed or summary.status is RunStatus.REPLAYED,
            safety_votes=safety_votes or {},
            safety_is_judged=safety_is_judged,
        )


@dataclass(frozen=True, slots=True)
class ScenarioEvidence:
    """One benchmark scenario. `p95_latency_ms.count` is the number of requests behind the percentile."""

    name: str
    p95_latency_ms: Measured
    requests_per_second: Measured
    why_no_throughput: str = ""
    """Why this scenario tells no throughput although it was measured; then `requests_per_second` is not known."""


@dataclass(frozen=True, slots=True)
class BenchmarkEvidence:
    """`invalid` says why the measurement itself cannot be trusted: an overloaded load generator."""

    scenarios: tuple[ScenarioEvidence, ...]
    invalid: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the six gates judge. A part that is None, or empty, was not measured."""

    evaluation: EvaluationEvidence | None = None
    tests: TestEvidence = TestEvidence()
    benchmark: BenchmarkEvidence | None = None
    scans: tuple[Scan, ...] = ()
    baseline_cost: float | None = None
    """US dollars per request of the baseline; None: there is no baseline. 0 is a baseline."""
    complex_tasks: HighestCost | None = None
    test_costs: HighestCost | None = None
