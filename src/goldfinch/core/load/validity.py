"""Whether the figures are of the target, or of a load generator that could not keep up. Source: STATISTICS A3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goldfinch.core.load.quantiles import LEAST_REQUESTS
from goldfinch.core.load.result import Calibration, Distribution
from goldfinch.core.load.scenario import ClosedLoop, Scenario

LAG_SHARE = 0.1
"""The generator's lag may be this part of the measured latency, both at p99."""
CAPACITY_SHARE = 0.8
"""An open loop may ask for this part of what the generator does against a server that does nothing."""


def problems_of(
    scenario: Scenario, latency: Distribution | None, lag_p99_ms: float | None, reached_per_s: float, calibration: Calibration | None
) -> tuple[str, ...]:
    """Why the figures are worth nothing, in words; empty where they are worth something. `latency` None: nothing was answered."""
    if latency is None:
        return ("no request was answered",)
    return (*_lag_problems(latency, lag_p99_ms), *_limit_problems(scenario, reached_per_s, calibration))


def notes_on(latency: Distribution | None, costs: Sequence[float | None]) -> tuple[str, ...]:
    """What a reader should know of a valid result."""
    notes = []
    for q, least in LEAST_REQUESTS.items():
        if latency is not None and latency.count < least:
            notes.append(f"p{q * 100:.0f} of {latency.count} requests decides nothing: {least} or more are needed")
    unknown = sum(cost is None for cost in costs)
    if 0 < unknown < len(costs):
        notes.append(f"the cost of {unknown} of {len(costs)} requests is unknown")
    return tuple(notes)


def _lag_problems(latency: Distribution, lag_p99_ms: float | None) -> Iterator[str]:
    if lag_p99_ms is None:
        yield "the lag of the load generator was not measured"
    elif lag_p99_ms > LAG_SHARE * latency.p99.value:
        yield (
            f"the load generator was late by {lag_p99_ms:.2f} ms at p99, more than {LAG_SHARE:.0%} of the measured p99 "
            f"({latency.p99.value:.2f} ms): use a lower rate, fewer clients or a machine that does nothing else"
        )


def _limit_problems(scenario: Scenario, reached_per_s: float, calibration: Calibration | None) -> Iterator[str]:
    if calibration is None:
        return
    most = CAPACITY_SHARE * calibration.requests_per_second
    can_do = f"the {calibration.requests_per_second:,.0f} that the load generator can do here"
    if isinstance(scenario.load, ClosedLoop):
        if reached_per_s > most:
            yield f"{reached_per_s:,.0f} requests/s is near {can_do}: it was the limit, not the target"
    elif scenario.load.rate_per_s > most:
        yield f"{scenario.load.rate_per_s:g} requests/s is more than {CAPACITY_SHARE:.0%} of {can_do}"
