"""The summary of a run, as plain values: `summary.json`. No mean stands without its count, its interval and what is missing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldfinch.core.results.manifest import SCHEMA_VERSION, RunStatus


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `count` cases with its 95 % interval; all None where nothing was measured."""

    mean: float | None
    count: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric. `estimate` is over cases (trials of a case are averaged first); the counters are over records.

    `missing` had no answer to judge, `errors` are crashes of the scorer. `failed_cases` counts the cases of which at least one trial
    stayed below the pass mark, None without one; `failed_case_ids` are the first of them by id. What must never happen, such as an unsafe
    answer, is decided by this count: a mean of floats is no place for it (REQUIREMENTS C24).
    """

    name: str
    version: str
    pass_mark: float | None
    estimate: Estimate
    scored: int
    not_applicable: int
    errors: int
    missing: int
    advisory: bool = False
    """A judge that no calibration lets decide: shown, and without a say."""
    failed_cases: int | None = None
    failed_case_ids: tuple[str, ...] = ()
    is_heuristic: bool = False


@dataclass(frozen=True, slots=True)
class PassSummary:
    """`rate` is over cases: Wilson's interval with one trial a case, t over the cases' shares of passed trials with more.

    `passed`, `failed` and `undecided` count (case, trial) pairs; undecided ones have no verdict and are in no rate. `pass_at_k` and
    `pass_hat_k` (k -> estimate over the cases with at least k decided trials) are the unbiased chances that at least one, and that
    all, of k trials pass; empty with one trial a case.
    """

    rate: Estimate
    passed: int
    failed: int
    undecided: int
    pass_at_k: Mapping[int, Estimate] = field(default_factory=dict)
    pass_hat_k: Mapping[int, Estimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CostSummary:
    """US dollars. `unknown` answers have no known price and are in no figure: with any, `total_usd` is a lower bound.

    `lost_usd` was paid for answers that could not be had all the same; it is in no mean.
    """

    total_usd: float
    known: int
    unknown: int
    mean_usd: float | None
    lost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenSummary:
    input: int
    output: int
    unknown: int


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Milliseconds of uncached answers. Percentiles come from a histogram with at most 1 % relative error; None where `count` is 0."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says. `planned` and `finished` count (case, trial) pairs; `failures` counts answers per kind of failure."""

    run_id: str
    status: RunStatus
    reason: str
    cases: int
    planned: int
    finished: int
    cached: int
    passes: PassSummary
    metrics: tuple[MetricSummary, ...]
    failures: Mapping[str, int]
    cost: CostSummary
    judge_cost: CostSummary
    tokens: TokenSummary
    latency_ms: LatencySummary
    first_token_ms: LatencySummary
    tags: Mapping[str, Estimate]
    """Pass rate per tag."""
    wall_s: float = 0.0
    state: Mapping[str, Any] = field(default_factory=dict)
    """What `SummaryAccumulator.from_state` takes, so that the summaries of shards can be merged without their records."""
    schema_version: int = SCHEMA_VERSION
