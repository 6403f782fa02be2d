"""A benchmark against a stored one: only on an equal machine, with a doubled margin, and never more than a warning. Source: STATISTICS A3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, isfinite, log, sqrt
from statistics import fmean, variance

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
    if current.loop == "closed":  # in an open loop the throughput is what was asked for
        yield _rate_change(current, stored, margin)


def _open(current: ScenarioResult, metric: str, standing: Standing, margin: float, reason: str) -> StoredChange:
    return StoredChange(current.name, metric, standing, None, None, None, None, margin, reason)


def _latency_change(current: ScenarioResult, stored: ScenarioResult, margin: float) -> StoredChange:
    was, now = (None if one.latency is None else one.latency.p95 for one in (stored, current))
    least = LEAST_REQUESTS[0.95]
    if was is None or now is None or min(was.count, now.count) < least:
        return _open(current, "p95_latency_ms", Standing.INCONCLUSIVE, margin, f"fewer than {least} requests")
    logs = _logs(stored.iterations, "p95_ms"), _logs(current.iterations, "p95_ms")
    return _judged(current.name, "p95_latency_ms", was.value, now.value, now.value / was.value, logs, margin)


def _rate_change(current: ScenarioResult, stored: ScenarioResult, margin: float) -> StoredChange:
    was, now = stored.throughput.value, current.throughput.value
    if not (was > 0 and now > 0):
        return _open(current, "requests_per_second", Standing.INCONCLUSIVE, margin, "nothing was answered")
    logs = ([-x for x in _logs(one.iterations, "requests_per_second")] for one in (stored, current))
    return _judged(current.name, "requests_per_second", was, now, was / now, (next(logs), next(logs)), margin)


def _logs(iterations: Sequence[IterationResult], name: str) -> list[float]:
    values = (getattr(one, name) for one in iterations)
    return [log(value) for value in values if value is not None and value > 0 and isfinite(value)]


def _judged(
    scenario: str, metric: str, was: float, now: float, ratio: float, logs: tuple[list[float], list[float]], margin: float
) -> StoredChange:
    beyond = ratio > 1 + margin
    if min(map(len, logs)) < LEAST_ITERATIONS:
        standing, p, reason = Standing.INCONCLUSIVE, None, f"fewer than {LEAST_ITERATIONS} iterations"
    else:
        p = _p_worse(*logs)
        worse = beyond and p < SIGNIFICANCE
        standing = Standing.WARN if worse else Standing.INCONCLUSIVE if beyond else Standing.OK
        reason = f"{exp(fmean(logs[1]) - fmean(logs[0])) - 1:+.1%} over the iterations, p = {p:.3g}"
    return StoredChange(scenario, metric, standing, was, now, ratio, p, margin, reason)


def _p_worse(was: Sequence[float], now: Sequence[float]) -> float:
    """One-sided Welch test over iterations. Source: Welch, Biometrika 34 (1947), 28-35."""
    a, b = variance(was) / len(was), variance(now) / len(now)
    difference = fmean(now) - fmean(was)
    if a + b == 0:
        return 0.0 if difference > 0 else 1.0
    freedom = (a + b) ** 2 / (a**2 / (len(was) - 1) + b**2 / (len(now) - 1))
    return student_t_sf(difference / sqrt(a + b), freedom)


