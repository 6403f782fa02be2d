"""A benchmark from its first request to its result. Time is a fake."""

from __future__ import annotations

import pytest

from goldfinch.core.load.result import Calibration
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from goldfinch.operations.bench import Aimed, calibrated, run_benchmark
from goldfinch.operations.engine.stopping import StopSignal
from tests.benchmark_results import CALIBRATION, EMPTY
from tests.load_world import TimedTarget, World, means


async def calibration() -> Calibration:
    return CALIBRATION


async def test_scenarios_take_turns_and_their_iterations_are_pooled() -> None:
    world, kept = World(), list[tuple[str, int]]()
    targets = [TimedTarget(world, lambda _: 0.1), TimedTarget(world, lambda _: 0.3)]
    aimed = [
        Aimed(Scenario("fast", ClosedLoop(4), requests=30, warmup=2), targets[0]),
        Aimed(Scenario("slow", OpenLoop(20), requests=30, warmup=2), targets[1]),
    ]

    def keep(name: str, iteration: int, samples: Samples) -> None:
        kept.append((name, iteration))
        assert len(samples) == 30

    found = await run_benchmark(aimed, 3, means(world), identity=EMPTY, calibrate=calibration, keep=keep)
    assert kept == [("fast", 0), ("slow", 0), ("fast", 1), ("slow", 1), ("fast", 2), ("slow", 2)]
    assert [scenario.requests for scenario in found.scenarios] == [90, 90]
    assert [len(target.asked) for target in targets] == [96, 96]
    assert [target.opened for target in targets] == [0, 0]
    fast, slow = found.scenarios
    assert fast.latency is not None
    assert slow.latency is not None
    assert fast.latency.p95.value == pytest.approx(100, abs=1)
    assert slow.latency.p95.value == pytest.approx(300, abs=1)
    assert found.is_valid


async def test_iterations_of_an_open_loop_have_arrivals_of_their_own() -> None:
    world, schedules = World(), list[list[float]]()
    aimed = [Aimed(Scenario("open", OpenLoop(20), requests=10), TimedTarget(world, lambda _: 0.1))]

    def keep(_: str, __: int, samples: Samples) -> None:
        schedules.append([round(moment - samples.intended_ms[0], 6) for moment in samples.intended_ms])

    await run_benchmark(aimed, 2, means(world), identity=EMPTY, calibrate=calibration, keep=keep)
    assert schedules[0] != schedules[1]


async def test_an_interrupted_benchmark_is_kept_and_is_invalid() -> None:
    world, stop = World(), StopSignal()
    aimed = [Aimed(Scenario("one", ClosedLoop(1), requests=10), TimedTarget(world, lambda _: 0.1))]
    found = await run_benchmark(aimed, 5, means(world, stop), identity=EMPTY, calibrate=calibration, keep=lambda *_: stop.interrupt())
    assert found.scenarios[0].requests == 10
    assert found.interrupted
    assert not found.is_valid


async def test_a_target_that_answers_nothing_leaves_an_invalid_result() -> None:
    world = World()
    aimed = [Aimed(Scenario("one", ClosedLoop(1), requests=10), TimedTarget(world, lambda _: 0.1, outcome="connection_refused"))]
    found = await run_benchmark(aimed, 1, means(world), identity=EMPTY, calibrate=calibration, keep=lambda *_: None)
    assert found.scenarios[0].problems == ("no request was answered",)
    assert found.scenarios[0].errors == {"connection_refused": 10}


async def test_calibration_counts_what_the_generator_does_and_takes_failures_for_none() -> None:
    world = World()
    found = await calibrated(TimedTarget(world, lambda _: 0.016), means(world))
    assert found.requests == 3000
    assert found.requests_per_second == pytest.approx(1000, rel=0.02)
    failed = await calibrated(TimedTarget(world, lambda _: 0.016, outcome="connection_lost"), means(world))
    assert failed.requests_per_second == 0
