"""Wires `goldfinch bench`: settings to scenarios and targets, calibration, the machine, files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goldfinch import __version__
from goldfinch.adapters.files.benchmarks import SamplesFile, benchmark_schemas, read_benchmark, write_json, write_text
from goldfinch.adapters.git import revision_of
from goldfinch.adapters.load.alarm import new_alarm
from goldfinch.adapters.load.null_server import null_server
from goldfinch.adapters.load.request import PlainRequest, RequestTarget, payload_of
from goldfinch.adapters.system import SystemClock, new_run_id, this_host
from goldfinch.bootstrap.bench_scenarios import aimed, bench_settings, chosen, scenario_of, spoken_target
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import InfrastructureError, UsageError
from goldfinch.core.load import codes
from goldfinch.core.load.pairs import LEAST_PAIRS, MOST_PAIRS, USUAL_PAIRS, margin_for
from goldfinch.core.load.quantiles import LEAST_REQUESTS
from goldfinch.core.load.report import markdown
from goldfinch.core.load.result import BenchmarkResult, Calibration, Machine, machine_of
from goldfinch.core.load.saturation import Saturation
from goldfinch.core.load.stored import Analysis, against_stored
from goldfinch.operations.bench import CALIBRATION, Means, calibrated, empty_result, run_benchmark
from goldfinch.operations.bench_pairs import PairedComparison, compare_targets
from goldfinch.operations.bench_saturation import find_saturation
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.progress import Progress
from goldfinch.settings import BenchScenario


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What a person asks for; None leaves it to the settings."""

    config: Path | None = None
    scenarios: Path | None = None
    names: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class AnalysisFile:
    """`analysis.json`: a result held against a stored one."""

    benchmark_id: str
    baseline_id: str | None
    valid: bool
    analysis: Analysis
    schema_version: int = 1
    kind: str = "benchmark_analysis"


def run_bench(request: BenchRequest, *, output: Path, iterations: int | None, progress: Progress) -> BenchmarkResult:
    """Measure, and write the result and its raw samples. Raises as settings, targets and files do."""
    _require_json_name(output)
    loaded = bench_settings(request.config, request.scenarios)
    targets = [aimed(scenario, loaded) for scenario in chosen(loaded, request.names)]
    times = iterations if iterations is not None else loaded.settings.bench.iterations
    if not 1 <= times <= 1000:
        raise UsageError(f"{times} iterations", where="--iterations", hint="give 1 to 1000", code=codes.BAD_OPTION)
    raw = output.with_suffix(".samples.jsonl")
    identity = empty_result(
        new_run_id(),
        this_machine(),
        times,
        started_at=SystemClock().utc_iso(),
        version=__version__,
        head_sha=revision_of(Path()).head_sha,
        samples=raw.name,
    )

    async def work(stop: StopSignal) -> BenchmarkResult:
        means = means_of(progress, stop)
        return await run_benchmark(targets, times, means, identity=identity, calibrate=lambda: calibrate(means), keep=samples.keep)

    with SamplesFile(raw) as samples:
        result = run_to_end(work)
    write_json(output, result)
    return result


def analyze_bench(results: Path, baseline: Path | None, output: Path | None, *, margin: float) -> tuple[BenchmarkResult, Analysis]:
    """Hold a result against a stored one, which may be missing; write the report in Markdown and, beside it, as JSON."""
    current = read_benchmark(results)
    stored = read_benchmark(baseline) if baseline is not None and baseline.exists() else None
    analysis = against_stored(current, stored, margin)
    if output is not None:
        write_text(output, markdown(current, analysis))
        found = AnalysisFile(current.benchmark_id, stored.benchmark_id if stored else None, current.is_valid, analysis)
        write_json(output.with_suffix(".json"), found)
    return current, analysis


def compare_bench(
    request: BenchRequest,
    *,
    baseline: str,
    current: str,
    pairs: int | None,
    margin: float | None,
    past_noise: Sequence[float],
    progress: Progress,
) -> PairedComparison:
    """Run one scenario against two targets in alternation."""
    wanted = USUAL_PAIRS if pairs is None else pairs
    if not LEAST_PAIRS <= wanted <= MOST_PAIRS:
        raise UsageError(f"{wanted} pairs", where="--pairs", hint=f"give {LEAST_PAIRS} to {MOST_PAIRS}", code=codes.BAD_OPTION)
    loaded = bench_settings(request.config, request.scenarios)
    settings = _the_one(loaded, request.names)
    targets = [spoken_target(text, settings, loaded) for text in (baseline, current)]
    scenario = scenario_of(settings)
    scenario = replace(scenario, requests=max(scenario.requests, LEAST_REQUESTS[0.95]))
    used = margin_for(loaded.settings.bench.margin if margin is None else margin, past_noise)

    async def work(stop: StopSignal) -> PairedComparison:
        means = means_of(progress, stop)
        found = await calibrate(means)
        return await compare_targets(scenario, *targets, pairs=wanted, margin=used, means=means, calibration=found)

    return run_to_end(work)


def saturate_bench(
    request: BenchRequest, *, lowest: float, highest: float, seconds: float, p95_ms: float | None, progress: Progress
) -> Saturation:
    """Find the highest rate that holds the objective of one scenario."""
    if not 0 < lowest <= highest <= 100_000:
        hint = "0 < --min-rate <= --max-rate <= 100000"
        raise UsageError(f"rates from {lowest:g} to {highest:g}", where="--min-rate", hint=hint, code=codes.BAD_OPTION)
    loaded = bench_settings(request.config, request.scenarios)
    one = aimed(_the_one(loaded, request.names), loaded)
    objective = one.scenario.objective if p95_ms is None else replace(one.scenario.objective, p95_ms=p95_ms)
    scenario = replace(one.scenario, objective=objective)

    async def work(stop: StopSignal) -> Saturation:
        means = means_of(progress, stop)
        found = await calibrate(means)
        return await find_saturation(scenario, one.target, lowest=lowest, highest=highest, seconds=seconds, means=means, calibration=found)

    return run_to_end(work)


async def calibrate(means: Means) -> Calibration:
    """The load generator against the server that does nothing. Raises `InfrastructureError` (E2509)."""
    try:
        async with null_server() as port:
            found = await calibrated(_null_target(port), means)
    except (OSError, ValueError, TimeoutError) as error:
        raise InfrastructureError(f"the load generator could not be calibrated: {error}", code=codes.NO_CALIBRATION) from error
    if not means.stop.requested and found.requests_per_second <= 0:
        raise InfrastructureError("the load generator could not be calibrated: requests failed", code=codes.NO_CALIBRATION)
    return found


def this_machine() -> Machine:
    """This machine with the kind of its runner."""
    hosted = os.environ.get("RUNNER_ENVIRONMENT") or ("ci" if os.environ.get("CI") else "local")
    return machine_of(this_host(), hosted)


def bench_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas of everything that `goldfinch bench` writes, by name."""
    return benchmark_schemas(
        {
            "benchmark_analysis": (AnalysisFile, "A benchmark held against a stored one, of `goldfinch bench analyze`."),
            "benchmark_comparison": (PairedComparison, "Two targets in alternation, of `goldfinch bench compare`."),
            "saturation": (Saturation, "The highest rate that holds the objective, of `goldfinch bench saturate`."),
        }
    )


def means_of(progress: Progress, stop: StopSignal) -> Means:
    """The clocks and random numbers of this machine."""
    return Means(SystemClock(), new_alarm, _uniforms, progress, stop)


def _uniforms(seed: int) -> Iterator[float]:
    source = random.Random(seed)  # noqa: S311  # nosec B311 - arrivals, no secret
    while True:
        yield source.random()


def _null_target(port: int) -> RequestTarget:
    payload = payload_of("GET", "/", f"127.0.0.1:{port}", {}, None)
    return RequestTarget(PlainRequest("null server", "127.0.0.1", port, payload), timeout_s=CALIBRATION.timeout_s)


def _the_one(loaded: LoadedSettings, names: Sequence[str] | None) -> BenchScenario:
    found = chosen(loaded, names)
    if len(found) != 1:
        known = ", ".join(scenario.name for scenario in found)
        raise UsageError("this needs one scenario", where="--scenario", hint=f"name one of {known}", code=codes.UNKNOWN_SCENARIO)
    return found[0]


def _require_json_name(output: Path) -> None:
    if output.is_dir() or not output.name:
        raise UsageError(f"{output} is a folder", where="--output", hint="name a file", code=codes.BAD_OPTION)
