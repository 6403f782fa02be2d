"""From raw samples to the result of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from goldfinch.core.load.hdr import encoded_histogram
from goldfinch.core.load.quantiles import bounded_quantile, quantile
from goldfinch.core.load.result import Calibration, Cost, Distribution, IterationResult, ScenarioResult, Throughput
from goldfinch.core.load.samples import Samples, known, pooled
from goldfinch.core.load.scenario import ClosedLoop, Scenario
from goldfinch.core.load.validity import notes_on, problems_of
from goldfinch.core.statistics.intervals import t_interval


def summarise(scenario: Scenario, target: str, runs: Sequence[Samples], calibration: Calibration | None) -> ScenarioResult:
    """Pool the iterations of a scenario, and say whether the load generator was able to measure it."""
    latency = distribution([run.latencies_ms for run in runs])
    lag_p99_ms = _lag_p99(scenario, runs)
    answered = sum(run.answered for run in runs)
    costs = [cost for run in runs for cost in run.cost_usd]
    return ScenarioResult(
        name=scenario.name,
        target=target,
        load=scenario.load.shown,
        loop="closed" if isinstance(scenario.load, ClosedLoop) else "open",
        requests=sum(len(run) for run in runs),
        answered=answered,
        errors=_errors(runs),
        latency=latency,
        service=distribution([run.service_ms for run in runs]),
        first_token=distribution([known(run.first_token_ms) for run in runs]),
        gaps=distribution([run.gaps_ms for run in runs]),
        provider=distribution([known(run.provider_ms) for run in runs]),
        overhead=distribution([run.overhead_ms for run in runs]),
        cost=_cost(costs),
        throughput=_throughput(runs),
        lag_p99_ms=lag_p99_ms,
        iterations=tuple(_iteration(number, run) for number, run in enumerate(runs)),
        problems=problems_of(scenario, latency if answered else None, lag_p99_ms, _throughput(runs).value, calibration),
        notes=notes_on(latency, costs),
        p95_objective_ms=scenario.objective.p95_ms,
        min_rps=scenario.objective.min_rps,
        histogram=encoded_histogram(pooled(run.latencies_ms for run in runs)),
    )


def distribution(groups: Sequence[Sequence[float]]) -> Distribution | None:
    """Mean, largest and percentiles of values in groups that are alike within; None where there are none."""
    values = pooled(groups)
    if not values:
        return None
    quantiles = (bounded_quantile(groups, q) for q in (0.5, 0.9, 0.95, 0.99))
    return Distribution(len(values), fmean(values), max(values), *filter(None, quantiles))


def _iteration(number: int, run: Samples) -> IterationResult:
    ordered = sorted(run.latencies_ms)
    at: Callable[[float], float | None] = lambda q: quantile(ordered, q) if ordered else None  # noqa: E731
    return IterationResult(number, len(run), run.answered, run.duration_s, run.requests_per_second, at(0.5), at(0.95), at(0.99))


def _errors(runs: Sequence[Samples]) -> dict[str, int]:
    total: dict[str, int] = {}
    for run in runs:
        for kind, count in run.errors.items():
            total[kind] = total.get(kind, 0) + count
    return dict(sorted(total.items(), key=lambda pair: -pair[1]))


def _cost(costs: Sequence[float | None]) -> Cost:
    found = known(costs)
    return Cost(fmean(found) if found else None, len(found), len(costs) - len(found))


def _throughput(runs: Sequence[Samples]) -> Throughput:
    duration = sum(run.duration_s for run in runs)
    value = sum(run.answered for run in runs) / duration if duration > 0 else 0.0
    rates = [run.requests_per_second for run in runs]
    bounds = t_interval(fmean(rates), stdev(rates), len(rates)) if len(rates) > 1 else None
    if bounds is None:
        return Throughput(value, None, None, len(rates))
    return Throughput(value, max(0.0, bounds.low), bounds.high, len(rates))


def _lag_p99(scenario: Scenario, runs: Sequence[Samples]) -> float | None:
    """The worse of two: how late the ticks of the event loop were, and in an open loop how late requests were sent."""
    columns = [pooled(run.lag_ms for run in runs)]
    if not isinstance(scenario.load, ClosedLoop):
        columns.append(pooled(run.late_ms for run in runs))
    found = [quantile(sorted(column), 0.99) for column in columns if column]
    return max(found) if found else None
