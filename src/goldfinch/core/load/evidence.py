"""What the performance gate needs of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.load.result import BenchmarkResult, ScenarioResult


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """One scenario as evidence. Latency in milliseconds; None is unknown and never a pass.

    The objectives are the scenario's own, None where it leaves them open: the policy's hold there (C26).
    """

    name: str
    p95_latency_ms: float | None
    p95_low_ms: float | None
    p95_high_ms: float | None
    latency_count: int
    requests_per_second: float | None
    rps_low: float | None
    rps_high: float | None
    requests: int
    answered: int
    iterations: int
    p95_objective_ms: float | None
    min_rps: float | None
    problems: tuple[str, ...] = ()
    loop: str = "closed"
    """`open` or `closed`. In an open loop the throughput is at most the rate that was asked for."""


@dataclass(frozen=True, slots=True)
class BenchSummary:
    """A benchmark as evidence for the performance gate: `problems` not empty means that nothing can be decided."""

    benchmark_id: str
    scenarios: tuple[ScenarioSummary, ...]
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, result: BenchmarkResult) -> BenchSummary:
        """Every scenario with its counts; what makes the benchmark or one of its scenarios invalid is among `problems`."""
        problems = [*result.problems, *(f"{one.name}: {problem}" for one in result.scenarios for problem in one.problems)]
        if not result.scenarios:
            problems.append("no scenario was measured")
        return cls(result.benchmark_id, tuple(map(_summary, result.scenarios)), tuple(problems))

    @property
    def is_valid(self) -> bool:
        return not self.problems

    @property
    def p95_latency_ms(self) -> float | None:
        """The worst of the scenarios; None as soon as one is unknown. `BenchmarkResults.p95_latency` of the specification (R66)."""
        values = [scenario.p95_latency_ms for scenario in self.scenarios]
        known = [value for value in values if value is not None]
        return max(known) if known and len(known) == len(values) else None

    @property
    def requests_per_second(self) -> float | None:
        """The lowest of the scenarios; None as soon as one is unknown (R66)."""
        values = [scenario.requests_per_second for scenario in self.scenarios]
        known = [value for value in values if value is not None]
        return min(known) if known and len(known) == len(values) else None


def _summary(scenario: ScenarioResult) -> ScenarioSummary:
    p95 = None if scenario.latency is None else scenario.latency.p95
    rate = scenario.throughput
    return ScenarioSummary(
        name=scenario.name,
        p95_latency_ms=p95.value if p95 else None,
        p95_low_ms=p95.low if p95 else None,
        p95_high_ms=p95.high if p95 else None,
        latency_count=p95.count if p95 else 0,
        requests_per_second=rate.value if scenario.answered else None,
        rps_low=rate.low,
        rps_high=rate.high,
        requests=scenario.requests,
        answered=scenario.answered,
        iterations=len(scenario.iterations),
        p95_objective_ms=scenario.p95_objective_ms,
        min_rps=scenario.min_rps,
        problems=scenario.problems,
        loop=scenario.loop,
    )
