"""Measure every scenario of a benchmark: calibrate, iterate, summarise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

from goldfinch.core.load.quantiles import quantile
from goldfinch.core.load.result import BenchmarkResult, Calibration, Machine
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, Objective, Scenario
from goldfinch.core.load.summary import summarise
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.generate_load import LoadGenerator
from goldfinch.ports.clock import Clock
from goldfinch.ports.load_target import Alarm, LoadTarget
from goldfinch.ports.progress import Progress, ProgressSnapshot

CALIBRATION = Scenario("calibration", ClosedLoop(16), requests=3000, warmup=300, timeout_s=10.0, objective=Objective(None, None))


@dataclass(frozen=True, slots=True)
class Means:
    """What sending takes besides scenario and target. `uniforms` gives random numbers from a seed."""

    clock: Clock
    new_alarm: Callable[[], Alarm]
    uniforms: Callable[[int], Iterator[float]]
    progress: Progress
    stop: StopSignal

    def generator(self, scenario: Scenario, target: LoadTarget, iteration: int = 0) -> LoadGenerator:
        return LoadGenerator(
            scenario,
            target,
            clock=self.clock,
            new_alarm=self.new_alarm,
            uniforms=self.uniforms(scenario.seed + iteration),
            stop=self.stop,
        )


@dataclass(frozen=True, slots=True)
class Aimed:
    """A scenario with its target."""

    scenario: Scenario
    target: LoadTarget


KeepSamples = Callable[[str, int, Samples], None]
"""Takes the raw samples of an iteration: scenario, number, samples."""


async def run_benchmark(
    aimed: Sequence[Aimed],
    iterations: int,
    means: Means,
    *,
    identity: BenchmarkResult,
    calibrate: Callable[[], Awaitable[Calibration]],
    keep: KeepSamples,
) -> BenchmarkResult:
    """Every scenario `iterations` times, in turns, so that a drift of the machine meets all of them. `identity` is filled in.

    An interrupt ends it after what is in flight; what was measured until then is summarised and marked as interrupted.
    """
    calibration = await calibrate()
    means.progress.note(f"load generator: {calibration.requests_per_second:,.0f} requests/s against a server that does nothing")
    runs: dict[str, list[Samples]] = {one.scenario.name: [] for one in aimed}
    async with AsyncExitStack() as opened:
        for one in aimed:
            await opened.enter_async_context(one.target)
        for iteration in range(iterations):
            for one in aimed:
                if means.stop.requested:
                    break
                samples = await measure(one, iteration, means, iterations)
                if len(samples):
                    keep(one.scenario.name, iteration, samples)
                    runs[one.scenario.name].append(samples)
    interrupted = means.stop.requested
    return replace(
        identity,
        finished_at=means.clock.utc_iso(),
        calibration=calibration,
        scenarios=tuple(summarise(one.scenario, one.target.name, runs[one.scenario.name], calibration) for one in aimed),
        interrupted=interrupted,
        problems=("interrupted before its last iteration",) if interrupted else (),
    )


async def measure(one: Aimed, iteration: int, means: Means, iterations: int) -> Samples:
    """One iteration of one scenario, with progress."""
    generator = means.generator(one.scenario, one.target, iteration)
    watching = asyncio.ensure_future(_watch(generator, one.scenario, means))
    try:
        samples = await generator.run()
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    means.progress.note(f"{one.scenario.name} {iteration + 1}/{iterations}: {_shown(samples)}")
    return samples


async def calibrated(target: LoadTarget, means: Means) -> Calibration:
    """What the load generator does against `target`, a server that does nothing.."""
    async with target:
        samples = await means.generator(CALIBRATION, target).run()
    latencies, lags = sorted(samples.latencies_ms), sorted(samples.lag_ms)
    if not latencies or samples.answered < len(samples):
        return Calibration(len(samples), 0.0, 0.0, 0.0, 0.0)
    lag = quantile(lags, 0.99) if lags else 0.0
    return Calibration(len(samples), samples.requests_per_second, quantile(latencies, 0.5), quantile(latencies, 0.99), lag)


def empty_result(
    benchmark_id: str, machine: Machine, iterations: int, *, started_at: str, version: str, head_sha: str | None, samples: str | None
) -> BenchmarkResult:
    """A benchmark before its first request."""
    return BenchmarkResult(benchmark_id, started_at, started_at, version, machine, None, iterations, (), head_sha=head_sha, samples=samples)


async def _watch(generator: LoadGenerator, scenario: Scenario, means: Means) -> None:
    started = means.clock.monotonic_s()
    while True:
        await means.clock.sleep(means.progress.interval_s)
        samples, elapsed = generator.samples, means.clock.monotonic_s() - started
        answered = samples.answered
        rate = len(samples) / elapsed if elapsed > 0 else 0.0
        means.progress.update(
            ProgressSnapshot(
                planned=scenario.requests,
                finished=answered,
                passed=None,
                failed=None,
                missing=len(samples) - answered,
                in_flight=generator.in_flight,
                spent_usd=0.0,
                unpriced=0,
                budget_usd=None,
                projected_usd=None,
                elapsed_s=elapsed,
                per_second=rate,
                left_s=(scenario.requests - len(samples)) / rate if rate > 0 else None,
            )
        )


def _shown(samples: Samples) -> str:
    latencies = sorted(samples.latencies_ms)
    p95 = f", p95 {quantile(latencies, 0.95):,.1f} ms" if latencies else ""
    errors = "".join(f", {count} {kind}" for kind, count in samples.errors.items())
    return f"{samples.answered} of {len(samples)} answered, {samples.requests_per_second:,.1f} requests/s{p95}{errors}"
