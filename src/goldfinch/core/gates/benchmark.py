"""A benchmark as the performance gate is shown it. Source: R63, C26, STATISTICS A3."""

from __future__ import annotations

from collections.abc import Sequence

from goldfinch.core.gates.evidence import BenchmarkEvidence, Measured, ScenarioEvidence
from goldfinch.core.load.evidence import BenchSummary, ScenarioSummary
from goldfinch.core.load.saturation import Saturation

OPEN_LOOP = "an open loop is answered at most at the rate that it asks for"


def benchmark_evidence(summary: BenchSummary, saturations: Sequence[Saturation] = ()) -> BenchmarkEvidence:
    """Every scenario's 95th percentile and throughput, and why they cannot be trusted.

    The rate of an open loop is no throughput: it was asked for. A saturation search of the same scenario measures it.
    """
    found = {one.scenario: one for one in saturations}
    scenarios = tuple(_scenario(one, found.get(one.name)) for one in summary.scenarios)
    return BenchmarkEvidence(scenarios, "; ".join(summary.problems))


def _scenario(one: ScenarioSummary, saturation: Saturation | None) -> ScenarioEvidence:
    latency = Measured(one.p95_latency_ms, one.latency_count, one.p95_low_ms, one.p95_high_ms)
    if one.loop == "closed":
        return ScenarioEvidence(one.name, latency, Measured(one.requests_per_second, None, one.rps_low, one.rps_high))
    why = OPEN_LOOP if saturation is None else _why_nothing_found(saturation)
    return ScenarioEvidence(one.name, latency, Measured(None) if saturation is None or why else _highest_rate(saturation), why)


def _why_nothing_found(saturation: Saturation) -> str:
    if saturation.problems:
        return f"the saturation search is invalid: {'; '.join(saturation.problems)}"
    return "" if saturation.rate_per_s is not None else "no rate of the saturation search held its objective"


def _highest_rate(saturation: Saturation) -> Measured:
    """The rate that held again and again. What the target can do is below the lowest rate above it that failed; that is no interval."""
    held = saturation.rate_per_s
    failed = [probe.rate_per_s for probe in saturation.probes if not probe.holds and held is not None and probe.rate_per_s > held]
    return Measured(held, high=min(failed, default=None))
