"""When the requests of an open loop are due."""

from __future__ import annotations

from collections.abc import Iterator
from math import log1p, sqrt

from goldfinch.core.load.scenario import Arrivals, OpenLoop


def due_times(load: OpenLoop, uniforms: Iterator[float]) -> Iterator[float]:
    """Seconds from the start at which each request is due, without end, never decreasing.

    `uniforms` are random numbers from [0, 1), one for each Poisson arrival. During the ramp the rate rises linearly from 0: arrivals of a
    process of rate 1 are carried over by the inverse of the expected number of arrivals (Lewis and Shedler, Naval Research Logistics
    Quarterly 26 (1979), 403-413), so that both kinds of arrivals ramp alike.
    """
    expected = 0.0
    while True:
        yield _when(load, expected)
        expected += 1.0 if load.arrivals is Arrivals.CONSTANT else -log1p(-next(uniforms))


def _when(load: OpenLoop, expected: float) -> float:
    """When `expected` requests have become due on average."""
    in_ramp = load.rate_per_s * load.ramp_s / 2
    if expected < in_ramp:
        return sqrt(2 * expected * load.ramp_s / load.rate_per_s)
    return load.ramp_s + (expected - in_ramp) / load.rate_per_s
