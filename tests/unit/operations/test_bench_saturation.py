"""The highest rate that a target with a known capacity holds. Time is a fake."""

from __future__ import annotations

from goldfinch.core.load.saturation import Saturation
from goldfinch.core.load.scenario import Arrivals, Objective, OpenLoop, Scenario
from goldfinch.operations.bench_saturation import find_saturation
from tests.benchmark_results import CALIBRATION
from tests.load_world import TimedTarget, World, means

SCENARIO = Scenario("one", OpenLoop(1, Arrivals.CONSTANT), warmup=0, objective=Objective(100.0, None))


async def found_for(target: TimedTarget, world: World, highest: float = 400.0) -> Saturation:
    return await find_saturation(SCENARIO, target, lowest=5, highest=highest, seconds=2, means=means(world), calibration=CALIBRATION)


async def test_one_worker_of_twenty_milliseconds_holds_fifty_requests_a_second() -> None:
    world = World()
    found = await found_for(TimedTarget(world, lambda _: 0.02, serial=True), world)
    assert found.rate_per_s is not None
    assert 47 <= found.rate_per_s <= 52
    assert not found.at_limit


async def test_a_target_that_holds_the_highest_rate_may_do_more() -> None:
    world = World()
    found = await found_for(TimedTarget(world, lambda _: 0.02), world, highest=40)
    assert found.rate_per_s == 40
    assert found.at_limit


async def test_a_target_that_is_always_too_slow_holds_nothing() -> None:
    world = World()
    found = await found_for(TimedTarget(world, lambda _: 0.2), world)
    assert found.rate_per_s is None
    assert len(found.probes) == 1


async def test_errors_do_not_hold_however_fast_they_are() -> None:
    world = World()
    found = await found_for(TimedTarget(world, lambda _: 0.02, outcome="http_429"), world)
    assert found.rate_per_s is None
    assert "ended in errors" in found.probes[0].reason


async def test_where_the_load_generator_is_the_limit_nothing_is_found() -> None:
    world = World()
    slow = CALIBRATION.__class__(3000, 100.0, 1, 1, 0.1)
    limited = await find_saturation(
        SCENARIO, TimedTarget(world, lambda _: 0.02), lowest=60, highest=400, seconds=2, means=means(world), calibration=slow
    )
    assert limited.rate_per_s is None
    assert "load generator can do" in limited.problems[0]
