"""Baseline and current target in alternation, until it is decided or thirty pairs are through."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.load.codes import NOTHING_MEASURED
from goldfinch.core.load.failures import FailureChange, failure_change
from goldfinch.core.load.pairs import MOST_PAIRS, PairedMetric, judge_pairs, log_ratio, needs_more, order_of, verdict_of
from goldfinch.core.load.quantiles import quantile
from goldfinch.core.load.result import Calibration
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, Scenario
from goldfinch.core.load.summary import summarise
from goldfinch.core.verdict import Verdict
from goldfinch.operations.bench import Aimed, Means, measure
from goldfinch.ports.load_target import LoadTarget

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of one pair of runs; latencies in milliseconds."""

    baseline_p50_ms: float
    current_p50_ms: float
    baseline_p95_ms: float
    current_p95_ms: float
    baseline_rps: float
    current_rps: float
    first: str


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """What `goldfinch bench compare` found for one scenario."""

    scenario: str
    load: str
    baseline: str
    current: str
    requests: int
    """Of each run."""
    margin: float
    metrics: tuple[PairedMetric, ...]
    pairs: tuple[Pair, ...]
    failures: FailureChange
    verdict: Verdict
    """FAIL also where more requests fail than before."""
    problems: tuple[str, ...] = ()
    """Why the runs say nothing of the targets."""
    schema_version: int = SCHEMA_VERSION
    kind: str = "benchmark_comparison"


@dataclass(slots=True)
class _Runs:
    baseline: list[Samples] = field(default_factory=list)
    current: list[Samples] = field(default_factory=list)


async def compare_targets(
    scenario: Scenario, baseline: LoadTarget, current: LoadTarget, *, pairs: int, margin: float, means: Means, calibration: Calibration
) -> PairedComparison:
    """One warm-up run of each, thrown away, then pairs in the order A B B A; more of them, up to thirty, while something is open."""
    sides = {"baseline": Aimed(scenario, baseline), "current": Aimed(scenario, current)}
    runs, found = _Runs(), list[Pair]()
    async with AsyncExitStack() as opened:
        for side in sides.values():
            await opened.enter_async_context(side.target)
        for name in order_of(1):
            means.progress.note(f"{name}: warm-up")
            await _measured(sides[name], 0, means, 1)
        metrics: tuple[PairedMetric, ...] = ()
        while len(found) < pairs or (needs_more(metrics, len(found)) and len(found) < MOST_PAIRS):
            found.append(await _pair(sides, runs, len(found), means, pairs))
            if len(found) >= pairs:
                metrics = judge_pairs(_log_ratios(found, scenario), margin)
    problems = tuple(
        f"{name}: {problem}"
        for name, samples in (("baseline", runs.baseline), ("current", runs.current))
        for problem in summarise(scenario, name, samples, calibration).problems
    )
    failures = failure_change(*_failed(runs.baseline), *_failed(runs.current))
    verdict = Verdict.FAIL if failures.is_worse else Verdict.INCONCLUSIVE if problems else verdict_of(metrics)
    return PairedComparison(
        scenario.name,
        scenario.load.shown,
        baseline.name,
        current.name,
        scenario.requests,
        margin,
        metrics,
        tuple(found),
        failures,
        verdict,
        problems,
    )


async def _pair(sides: dict[str, Aimed], runs: _Runs, number: int, means: Means, pairs: int) -> Pair:
    order = order_of(number)
    samples = {}
    for name in order:
        means.progress.note(f"pair {number + 1}, {name}")
        samples[name] = await _measured(sides[name], number, means, max(pairs, number + 1))
    runs.baseline.append(samples["baseline"])
    runs.current.append(samples["current"])
    (b50, b95), (c50, c95) = (_percentiles(samples[name]) for name in ("baseline", "current"))
    rates = samples["baseline"].requests_per_second, samples["current"].requests_per_second
    return Pair(b50, c50, b95, c95, *rates, first=order[0])


async def _measured(side: Aimed, number: int, means: Means, pairs: int) -> Samples:
    samples = await measure(side, number, means, pairs)
    if means.stop.requested:
        raise InfrastructureError("interrupted before the comparison was decided", where=side.scenario.name, code=NOTHING_MEASURED)
    if not samples.answered:
        kinds = ", ".join(samples.errors) or "no request was sent"
        raise InfrastructureError(f"no request was answered ({kinds})", where=side.target.name, code=NOTHING_MEASURED)
    return samples


def _failed(runs: list[Samples]) -> tuple[int, int]:
    """Failed requests, and all of them."""
    requests = sum(map(len, runs))
    return requests - sum(run.answered for run in runs), requests


def _percentiles(samples: Samples) -> tuple[float, float]:
    ordered = sorted(samples.latencies_ms)
    return quantile(ordered, 0.5), quantile(ordered, 0.95)


def _log_ratios(pairs: list[Pair], scenario: Scenario) -> dict[str, list[float]]:
    ratios = {
        "p50_latency_ms": [log_ratio(pair.baseline_p50_ms, pair.current_p50_ms) for pair in pairs],
        "p95_latency_ms": [log_ratio(pair.baseline_p95_ms, pair.current_p95_ms) for pair in pairs],
    }
    if isinstance(scenario.load, ClosedLoop):  # in an open loop the throughput is what was asked for
        ratios["requests_per_second"] = [log_ratio(pair.baseline_rps, pair.current_rps, higher_is_better=True) for pair in pairs]
    return ratios
