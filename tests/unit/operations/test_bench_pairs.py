"""Two targets in alternation. Time is a fake."""

from __future__ import annotations

from random import Random

import pytest

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.load.pairs import PairedChange
from goldfinch.core.load.scenario import Arrivals, ClosedLoop, OpenLoop, Scenario
from goldfinch.core.verdict import Verdict
from goldfinch.operations.bench_pairs import PairedComparison, compare_targets
from tests.benchmark_results import CALIBRATION
from tests.load_world import TimedTarget, World, means

SCENARIO = Scenario("one", ClosedLoop(4), requests=40, warmup=0)


def noisy(world: World, mean_s: float, seed: int, *, spread: float = 0.05, drift: float = 0.0) -> TimedTarget:
    source = Random(seed)
    return TimedTarget(world, lambda number: mean_s * source.lognormvariate(0, spread) * (1 + drift * world.now_s))


async def compared(baseline: TimedTarget, current: TimedTarget, world: World, scenario: Scenario = SCENARIO) -> PairedComparison:
    return await compare_targets(scenario, baseline, current, pairs=5, margin=0.1, means=means(world), calibration=CALIBRATION)


async def test_a_slower_build_is_regressed_in_five_pairs() -> None:
    world = World()
    found = await compared(noisy(world, 0.1, 1), noisy(world, 0.14, 2), world)
    assert found.verdict is Verdict.FAIL
    assert {metric.metric: metric.change for metric in found.metrics} == dict.fromkeys(
        ("p50_latency_ms", "p95_latency_ms", "requests_per_second"), PairedChange.REGRESSED
    )
    assert len(found.pairs) == 5


async def test_equal_builds_on_a_machine_that_slows_down_are_not_worse() -> None:
    world = World()
    found = await compared(noisy(world, 0.1, 1, drift=0.02), noisy(world, 0.1, 2, drift=0.02), world)
    assert found.verdict is Verdict.PASS


async def test_each_side_is_warmed_up_once_and_the_order_alternates() -> None:
    world = World()
    baseline, current = noisy(world, 0.1, 1), noisy(world, 0.1, 2)
    found = await compared(baseline, current, world)
    assert [pair.first for pair in found.pairs] == ["baseline", "current", "baseline", "current", "baseline"]
    assert len(baseline.asked) == len(current.asked) == 6 * 40


async def test_what_is_open_gets_more_pairs_up_to_thirty() -> None:
    world = World()
    source = Random(3)
    factor = {"now": 1.0}

    def takes(number: int) -> float:
        if number == 0:
            factor["now"] = source.lognormvariate(0, 0.5)
        return 0.1 * factor["now"]

    found = await compared(TimedTarget(world, takes), TimedTarget(world, takes), world)
    assert 5 < len(found.pairs) <= 30


async def test_the_throughput_of_an_open_loop_is_no_metric() -> None:
    world = World()
    scenario = Scenario("open", OpenLoop(20, Arrivals.CONSTANT), requests=40, warmup=0)
    found = await compared(noisy(world, 0.1, 1), noisy(world, 0.1, 2), world, scenario)
    assert [metric.metric for metric in found.metrics] == ["p50_latency_ms", "p95_latency_ms"]


async def test_a_build_that_fails_more_requests_fails_though_it_answers_as_fast() -> None:
    class Flaky(TimedTarget):
        async def send(self, number: int):  # type: ignore[no-untyped-def]
            reply = await super().send(number)
            reply.outcome = "http_500" if number % 4 == 0 else "ok"
            return reply

    world = World()
    found = await compared(noisy(world, 0.1, 1), Flaky(world, lambda _: 0.1), world)
    assert found.failures.is_worse
    assert found.verdict is Verdict.FAIL


async def test_a_side_that_answers_nothing_is_an_infrastructure_error() -> None:
    world = World()
    with pytest.raises(InfrastructureError, match="no request was answered"):
        await compared(noisy(world, 0.1, 1), TimedTarget(world, lambda _: 0.1, outcome="connection_refused"), world)
