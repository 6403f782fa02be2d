"""Runs in the order of time: each metric with its intervals, and where its level changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from statistics import stdev

from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.summary import Estimate, Summary
from goldfinch.core.results.wording import known, tells_something
from goldfinch.core.statistics.change_points import ChangePoint, change_points
from goldfinch.core.statistics.intervals import t_interval

ALPHA = 0.05
"""How often a history in which nothing changed shows a change at all."""
SCHEMA_VERSION = 1
PASS_RATE, COST, LATENCY = "pass_rate", "cost_usd", "p95_latency_ms"


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """One finished run. `terms` say by metric what its figures rest on: between runs whose terms differ, no change is looked for."""

    run_id: str
    started_at: str
    head_sha: str | None
    agent: str
    dataset: str
    judge: str
    metrics: Mapping[str, Estimate]
    terms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LevelChange:
    """Between `runs[at - 1]` and `runs[at]` the level changed: the means of the runs before and after, each with its count and interval."""

    at: int
    run_id: str
    before: Estimate
    after: Estimate
    p: float


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """`points` are aligned with the runs, None where a run does not have the metric. `breaks`: from here on it was measured otherwise."""

    metric: str
    points: tuple[Estimate | None, ...]
    breaks: tuple[int, ...]
    changes: tuple[LevelChange, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`alpha` is for all metrics together. `left_out` counts folders that hold no finished run, by the reason."""

    runs: tuple[HistoryRun, ...]
    metrics: tuple[MetricHistory, ...]
    left_out: Mapping[str, int]
    alpha: float = ALPHA
    schema_version: int = SCHEMA_VERSION
    kind: str = "history"


def history_run(manifest: Manifest, summary: Summary) -> HistoryRun:
    """What a history keeps of a run."""
    basis = f"{manifest.dataset.fingerprint} {manifest.trials}"
    scored = [metric for metric in summary.metrics if tells_something(metric)]
    deciding = " ".join(f"{one.name}={one.version}@{one.pass_mark}" for one in manifest.metrics if one.pass_mark is not None)
    cost, latency = summary.cost, summary.latency_ms
    return HistoryRun(
        run_id=manifest.run_id,
        started_at=manifest.started_at,
        head_sha=manifest.revision.head_sha,
        agent=manifest.agent.name,
        dataset=manifest.dataset.fingerprint,
        judge=manifest.judge or "",
        metrics={
            PASS_RATE: _finite(summary.passes.rate),
            **{metric.name: _finite(metric.estimate) for metric in scored},
            COST: _finite(Estimate(cost.mean_usd if cost.known else None, cost.known, None, None)),
            LATENCY: _finite(Estimate(latency.p95 if latency.count else None, latency.count, None, None)),
        },
        terms={
            PASS_RATE: f"{basis} {manifest.judge} {deciding}",
            **{metric.name: f"{basis} {manifest.judge} {metric.version}" for metric in scored},
            COST: basis,
            LATENCY: f"{basis} {manifest.host.cpu} {manifest.host.cores}",
        },
    )


def history(runs: Sequence[HistoryRun], left_out: Mapping[str, int] | None = None, *, alpha: float = ALPHA, seed: int = 0) -> History:
    """The runs by time, one of each id. `alpha` is shared evenly among every stretch of every metric that is searched (Bonferroni)."""
    ordered = sorted({run.run_id: run for run in runs}.values(), key=lambda run: (run.started_at, run.run_id))
    names = list(dict.fromkeys(name for run in ordered for name in run.metrics))
    series = {name: tuple(_measured(run.metrics.get(name)) for run in ordered) for name in names}
    series = {name: points for name, points in series.items() if any(points)}
    stretches = {name: list(_stretches(name, ordered, points)) for name, points in series.items()}
    share = alpha / max(1, sum(map(len, stretches.values())))
    metrics = (
        MetricHistory(
            name,
            points,
            tuple(stretch[0] for stretch in stretches[name][1:]),
            tuple(change for stretch in stretches[name] for change in _changes(stretch, points, ordered, share, seed)),
        )
        for name, points in series.items()
    )
    return History(tuple(ordered), tuple(metrics), dict(left_out or {}), alpha)


def _finite(estimate: Estimate) -> Estimate:
    """A summary may come from anywhere: what is no finite number is not known."""
    return Estimate(known(estimate.mean), estimate.count, known(estimate.low), known(estimate.high))


def _measured(estimate: Estimate | None) -> Estimate | None:
    return estimate if estimate is not None and known(estimate.mean) is not None else None


def _stretches(name: str, runs: Sequence[HistoryRun], points: Sequence[Estimate | None]) -> Iterator[list[int]]:
    """Places of the runs that have the metric, apart wherever it began to be measured otherwise."""
    places = [place for place, point in enumerate(points) if point is not None]
    stretch = places[:1]
    for before, now in pairwise(places):
        if runs[before].terms.get(name) != runs[now].terms.get(name):
            yield stretch
            stretch = []
        stretch.append(now)
    if stretch:
        yield stretch


def _changes(
    stretch: Sequence[int], points: Sequence[Estimate | None], runs: Sequence[HistoryRun], alpha: float, seed: int
) -> Iterator[LevelChange]:
    values = [point.mean for place in stretch if (point := points[place]) is not None and point.mean is not None]
    for found in change_points(values, alpha, seed=seed):
        at = stretch[found.at]
        before, after = _levels(values, found)
        yield LevelChange(at, runs[at].run_id, before, after, found.p)


def _levels(values: Sequence[float], found: ChangePoint) -> tuple[Estimate, Estimate]:
    before = values[found.at - found.runs_before : found.at]
    after = values[found.at : found.at + found.runs_after]
    return _level(before), _level(after)


def _level(values: Sequence[float]) -> Estimate:
    """The mean of runs, with the t interval over runs."""
    mean = sum(values) / len(values)
    spread = stdev(values) if len(values) > 1 else 0.0
    interval = t_interval(mean, spread, len(values)) if isfinite(mean) else None
    return Estimate(mean, len(values), None if interval is None else interval.low, None if interval is None else interval.high)
