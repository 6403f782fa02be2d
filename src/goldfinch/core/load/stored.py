"""A benchmark against a stored one: only on an equal machine, with a doubled margin, and never more than a warning.

A machine at another time is another machine: t tests on ten runs of two cloud machines of one kind say "worse" in 9 % of cases in which
nothing changed. Source: STATISTICS A3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, isfinite, log, sqrt
from statistics import fmean, variance

from goldfinch.core.load.failures import TOLERATED, failure_change
from goldfinch.core.load.pairs import SIGNIFICANCE
from goldfinch.core.load.quantiles import LEAST_REQUESTS
from goldfinch.core.load.result import BenchmarkResult, IterationResult, ScenarioResult
from goldfinch.core.statistics.student_t import student_t_sf

STORED_MARGIN_FACTOR = 2.0
LEAST_ITERATIONS = 5
DEFAULT_MARGIN = 0.10


class Standing(StrEnum):
    """Where a result stands against a stored one. None of them fails a change by itself."""

    WARN = "warn"
    OK = "ok"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not comparable"
    NO_BASELINE = "no baseline"


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One metric of one scenario against the stored result; `ratio` above 1 is worse."""

    scenario: str
    metric: str
    standing: Standing
    baseline: float | None
    current: float | None
    ratio: float | None
    p_worse: float | None
    margin: float
    reason: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `goldfinch bench analyze` found. `standing` is the worst of all; without a baseline nothing is decided."""

    standing: Standing
    reason: str
    changes: tuple[StoredChange, ...] = ()


_WORST_FIRST = (Standing.WARN, Standing.NOT_COMPARABLE, Standing.INCONCLUSIVE, Standing.OK)


def against_stored(current: BenchmarkResult, baseline: BenchmarkResult | None, margin: float = DEFAULT_MARGIN) -> Analysis:
    """Compare scenario by scenario. `margin` is the configured one, as a fraction; it is doubled."""
    if baseline is None:
        return Analysis(Standing.NO_BASELINE, "there is no baseline yet: nothing was compared")
    if not (current.is_valid and baseline.is_valid):
        which = "baseline" if current.is_valid else "result"
        return Analysis(Standing.NOT_COMPARABLE, f"the {which} is invalid")
    if current.machine.fingerprint != baseline.machine.fingerprint:
        return Analysis(Standing.NOT_COMPARABLE, f"measured on another machine: {_difference(current, baseline)}")
    stored = {scenario.name: scenario for scenario in baseline.scenarios}
    doubled = STORED_MARGIN_FACTOR * margin
    changes = tuple(change for scenario in current.scenarios for change in _changes(scenario, stored.get(scenario.name), doubled))
    standings = {change.standing for change in changes}
    standing = next((one for one in _WORST_FIRST if one in standings), Standing.INCONCLUSIVE)
    return Analysis(standing, f"equal machine, margin doubled to {doubled:.0%}", changes)


def _difference(current: BenchmarkResult, baseline: BenchmarkResult) -> str:
    names = ("CPU", "cores", "memory (GiB)", "system", "runner")
    pairs = zip(names, baseline.machine.fingerprint, current.machine.fingerprint, strict=True)
    return ", ".join(f"{name} {was} is now {now}" for name, was, now in pairs if was != now)


def _changes(current: ScenarioResult, stored: ScenarioResult | None, margin: float) -> Iterator[StoredChange]:
    if stored is None:
        yield _open(current, "p95_latency_ms", Standing.NO_BASELINE, margin, "the baseline has no such scenario")
        return
    if (stored.load, stored.target) != (current.load, current.target):
        reason = f"was {stored.load} on {stored.target}" if stored.target != current.target else f"was {stored.load}"
        yield _open(current, "p95_latency_ms", Standing.NOT_COMPARABLE, margin, reason)
        return
    yield _latency_change(current, stored, margin)
    yield _failures_change(current, stored)
    if current.loop == "closed":  # in an open loop the throughput is what was asked for
        yield _rate_change(current, stored, margin)


def _open(current: ScenarioResult, metric: str, standing: Standing, margin: float, reason: str) -> StoredChange:
    return StoredChange(current.name, metric, standing, None, None, None, None, margin, reason)


def _latency_change(current: ScenarioResult, stored: ScenarioResult, margin: float) -> StoredChange:
    was, now = (None if one.latency is None else one.latency.p95 for one in (stored, current))
    least = LEAST_REQUESTS[0.95]
    if was is None or now is None or min(was.count, now.count) < least or not (was.value > 0 and now.value > 0):
        return _open(current, "p95_latency_ms", Standing.INCONCLUSIVE, margin, f"fewer than {least} requests")
    logs = _logs(stored.iterations, "p95_ms"), _logs(current.iterations, "p95_ms")
    return _judged(
        StoredChange(current.name, "p95_latency_ms", Standing.INCONCLUSIVE, was.value, now.value, now.value / was.value, None, margin, ""),
        *logs,
    )


def _failures_change(current: ScenarioResult, stored: ScenarioResult) -> StoredChange:
    was, now = ((one.requests - one.answered) / one.requests for one in (stored, current))
    change = failure_change(stored.requests - stored.answered, stored.requests, current.requests - current.answered, current.requests)
    standing = Standing.WARN if change.is_worse else Standing.OK
    return StoredChange(current.name, "error_rate", standing, was, now, None, change.p_worse, TOLERATED, change.shown)


def _rate_change(current: ScenarioResult, stored: ScenarioResult, margin: float) -> StoredChange:
    was, now = stored.throughput.value, current.throughput.value
    if not (was > 0 and now > 0):
        return _open(current, "requests_per_second", Standing.INCONCLUSIVE, margin, "nothing was answered")
    logs = ([-x for x in _logs(one.iterations, "requests_per_second")] for one in (stored, current))
    return _judged(StoredChange(current.name, "requests_per_second", Standing.INCONCLUSIVE, was, now, was / now, None, margin, ""), *logs)


def _logs(iterations: Sequence[IterationResult], name: str) -> list[float]:
    values = (getattr(one, name) for one in iterations)
    return [log(value) for value in values if value is not None and value > 0 and isfinite(value)]


def _judged(change: StoredChange, was: Sequence[float], now: Sequence[float]) -> StoredChange:
    """`change` with its standing, from the logarithms of both sides' iterations."""
    if min(len(was), len(now)) < LEAST_ITERATIONS:
        return replace(change, reason=f"fewer than {LEAST_ITERATIONS} iterations")
    p, beyond = _p_worse(was, now), change.ratio is None or change.ratio > 1 + change.margin
    standing = Standing.OK if not beyond else Standing.WARN if p < SIGNIFICANCE else Standing.INCONCLUSIVE
    return replace(change, standing=standing, p_worse=p, reason=f"{exp(fmean(now) - fmean(was)) - 1:+.1%} over the iterations, p = {p:.3g}")


def _p_worse(was: Sequence[float], now: Sequence[float]) -> float:
    """One-sided Welch test over iterations. Source: Welch, Biometrika 34 (1947), 28-35."""
    a, b = variance(was) / len(was), variance(now) / len(now)
    difference = fmean(now) - fmean(was)
    if a + b == 0:
        return 0.0 if difference > 0 else 1.0
    freedom = (a + b) ** 2 / (a**2 / (len(was) - 1) + b**2 / (len(now) - 1))
    return student_t_sf(difference / sqrt(a + b), freedom)
