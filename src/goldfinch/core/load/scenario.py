"""What a benchmark does to its target: how many requests, when, for how long, and what is good enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Arrivals(StrEnum):
    """How requests of an open loop follow each other."""

    CONSTANT = "constant"
    POISSON = "poisson"


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """Requests are sent when they are due, whether or not earlier ones have been answered: as users do."""

    rate_per_s: float
    arrivals: Arrivals = Arrivals.POISSON
    ramp_s: float = 0.0
    """Seconds in which the rate rises from 0, linearly; requests in it are warm-up."""
    max_in_flight: int = 512

    @property
    def shown(self) -> str:
        ramp = f", ramp {self.ramp_s:g} s" if self.ramp_s else ""
        return f"open loop, {self.rate_per_s:g}/s {self.arrivals}{ramp}"


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """So many clients, each of which sends its next request when the last one was answered: finds the throughput, flatters latency."""

    concurrency: int
    ramp_s: float = 0.0
    """Seconds over which the clients start, one after the other; requests in it are warm-up."""

    @property
    def shown(self) -> str:
        ramp = f", ramp {self.ramp_s:g} s" if self.ramp_s else ""
        return f"closed loop, {self.concurrency} clients{ramp}"


Load = OpenLoop | ClosedLoop


@dataclass(frozen=True, slots=True)
class Objective:
    """What is good enough, None where nothing is asked. Source of the defaults: R63; no laws of nature for agents (C26)."""

    p95_ms: float | None = 2000.0
    min_rps: float | None = 10.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One benchmark scenario, target apart. `requests` are those measured in one iteration."""

    name: str
    load: Load
    requests: int = 200
    warmup: int = 10
    timeout_s: float = 30.0
    objective: Objective = field(default_factory=Objective)
    seed: int = 0
