"""One benchmark as a value: what `goldfinch bench run` writes and everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from goldfinch.core.load.quantiles import Quantile
from goldfinch.core.results.manifest import Host

SCHEMA_VERSION = 1
KIND = "benchmark"


@dataclass(frozen=True, slots=True)
class Machine:
    """What timings depend on. Two results are comparable when these are equal. Source: STATISTICS A3."""

    cpu: str
    cores: int
    memory_mb: int | None
    os: str
    runner: str
    """Kind of runner (`github-hosted`, `local`), not the name of one machine."""
    python: str

    @property
    def fingerprint(self) -> tuple[str, int, int | None, str, str]:
        """Python's version is shown and not compared: it belongs to what is measured. Memory to the nearest GiB: kernels keep a little."""
        memory = None if self.memory_mb is None else round(self.memory_mb / 1024)
        return self.cpu, self.cores, memory, self.os, self.runner


def machine_of(host: Host, runner: str) -> Machine:
    """The machine as benchmarks know it; `runner` is the kind of runner."""
    return Machine(host.cpu, host.cores, host.memory_mb, host.os, runner, host.python)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The load generator against a server that does nothing, right before the benchmark."""

    requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    lag_p99_ms: float


@dataclass(frozen=True, slots=True)
class IterationResult:
    """One iteration of one scenario. Percentiles are None where nothing was answered."""

    iteration: int
    requests: int
    answered: int
    duration_s: float
    requests_per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """Times in milliseconds over `count` requests. `p95` and `p99` of too few requests have a value and decide nothing."""

    count: int
    mean: float
    max: float
    p50: Quantile
    p90: Quantile
    p95: Quantile
    p99: Quantile


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars. The mean is over the requests whose cost is known; None where none is."""

    mean_usd: float | None
    known: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """Answered requests a second: all iterations together, with a t interval over them (None below two)."""

    value: float
    low: float | None
    high: float | None
    iterations: int


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """One scenario, its iterations pooled (C26)."""

    name: str
    target: str
    load: str
    loop: Literal["open", "closed"]
    requests: int
    answered: int
    errors: Mapping[str, int]
    latency: Distribution | None
    """From when each request was due; None where none was answered."""
    service: Distribution | None
    """From when it was sent."""
    first_token: Distribution | None
    gaps: Distribution | None
    provider: Distribution | None
    overhead: Distribution | None
    """Latency without the provider's part."""
    cost: Cost
    throughput: Throughput
    lag_p99_ms: float | None
    """How late the generator was: its event loop, and in an open loop its sending."""
    iterations: tuple[IterationResult, ...]
    problems: tuple[str, ...] = ()
    """Why the figures say nothing of the target; empty for a valid result."""
    notes: tuple[str, ...] = ()
    """What a reader should know, and what does not make the result invalid."""
    p95_objective_ms: float | None = None
    min_rps: float | None = None
    histogram: str = ""
    """Latencies as an HdrHistogram in microseconds (V2, compressed, base64)."""

    @property
    def is_valid(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """`--output` of `goldfinch bench run`. Times are UTC, ISO 8601."""

    benchmark_id: str
    started_at: str
    finished_at: str
    goldfinch_version: str
    machine: Machine
    calibration: Calibration | None
    iterations: int
    scenarios: tuple[ScenarioResult, ...]
    head_sha: str | None = None
    samples: str | None = None
    """File of the raw samples, beside the result."""
    interrupted: bool = False
    """Stopped before its last iteration."""
    problems: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    kind: str = KIND

    @property
    def is_valid(self) -> bool:
        return not self.problems and bool(self.scenarios) and all(scenario.is_valid for scenario in self.scenarios)
