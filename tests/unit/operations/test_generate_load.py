"""Sending when due: counts, order, warm-up, ramps, and no coordinated omission. Time is a fake."""

from __future__ import annotations

import pytest

from goldfinch.core.errors import AgentUnusable, ExitCode
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import Arrivals, ClosedLoop, Load, OpenLoop, Scenario
from goldfinch.operations.engine.stopping import StopReason, StopSignal, Urgency
from goldfinch.ports.load_target import Reply
from tests.load_world import TimedTarget, World, means


async def run(
    load: Load, target: TimedTarget, world: World, *, requests: int = 20, warmup: int = 0, stop: StopSignal | None = None
) -> Samples:
    scenario = Scenario("one", load, requests=requests, warmup=warmup)
    return await means(world, stop).generator(scenario, target).run()


async def test_an_open_loop_sends_when_requests_are_due_however_slow_the_answers() -> None:
    world = World()
    samples = await run(OpenLoop(10, Arrivals.CONSTANT), TimedTarget(world, lambda _: 5.0), world)
    assert samples.sent_ms == pytest.approx([100.0 * number for number in range(20)])
    assert samples.latencies_ms == pytest.approx([5000.0] * 20)


async def test_a_stall_of_a_target_with_one_worker_shows_in_every_request_that_it_delayed() -> None:
    """A closed loop sees one slow request of a hundred; the open loop sees the forty that waited, as users would."""
    world = World()
    stall = TimedTarget(world, lambda number: 0.4 if number == 50 else 0.001, serial=True)
    opened = await run(OpenLoop(100, Arrivals.CONSTANT), stall, world, requests=100)
    world = World()
    stall = TimedTarget(world, lambda number: 0.4 if number == 50 else 0.001, serial=True)
    closed = await run(ClosedLoop(1), stall, world, requests=100)
    assert sum(latency > 20 for latency in closed.latencies_ms) == 1
    assert 35 <= sum(latency > 20 for latency in opened.latencies_ms) <= 45


async def test_what_waits_for_room_counts_from_when_it_was_due() -> None:
    world = World()
    samples = await run(OpenLoop(10, Arrivals.CONSTANT, max_in_flight=1), TimedTarget(world, lambda _: 0.2), world, requests=5)
    assert samples.latencies_ms == pytest.approx([200.0, 300.0, 400.0, 500.0, 600.0])
    assert samples.service_ms == pytest.approx([200.0] * 5)


async def test_a_closed_loop_has_never_more_requests_than_clients() -> None:
    world = World()
    most = 0
    target = TimedTarget(world, lambda _: 0.1)
    scenario = Scenario("one", ClosedLoop(4), requests=40)
    generator = means(world).generator(scenario, target)
    send = target.send

    async def counted(number: int) -> Reply:
        nonlocal most
        most = max(most, generator.in_flight)
        return await send(number)

    target.send = counted  # type: ignore[method-assign]
    samples = await generator.run()
    assert most == 4
    assert samples.answered == len(target.asked) - scenario.warmup == 40
    assert samples.requests_per_second == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize("load", [OpenLoop(50), ClosedLoop(3)])
async def test_warm_up_is_sent_and_not_measured(load: Load) -> None:
    world = World()
    target = TimedTarget(world, lambda number: 1.0 if number < 10 else 0.01)
    samples = await run(load, target, world, requests=15, warmup=10)
    assert sorted(target.asked) == list(range(25))
    assert len(samples) == 15
    assert max(samples.service_ms) == pytest.approx(10)


@pytest.mark.parametrize("load", [OpenLoop(20, Arrivals.CONSTANT, ramp_s=2), ClosedLoop(4, ramp_s=2)])
async def test_nothing_of_the_ramp_is_measured(load: Load) -> None:
    world = World()
    target = TimedTarget(world, lambda _: 0.1)
    samples = await run(load, target, world, requests=12)
    assert min(samples.intended_ms) >= 2000
    assert len(samples) == 12
    assert len(target.asked) > 30


async def test_an_error_that_no_request_survives_ends_the_run() -> None:
    class Refused(TimedTarget):
        async def send(self, number: int) -> Reply:
            await super().send(number)
            raise AgentUnusable("the key was refused")

    world = World()
    target = Refused(world, lambda _: 0.1)
    with pytest.raises(AgentUnusable):
        await run(OpenLoop(10), target, world, requests=1000)
    assert len(target.asked) < 20


async def test_an_interrupt_ends_it_with_what_was_measured() -> None:
    world, stop = World(), StopSignal()

    class Interrupting(TimedTarget):
        async def send(self, number: int) -> Reply:
            if number == 10:
                stop.request(StopReason("interrupted", Urgency.FINISH_IN_FLIGHT, ExitCode.INCONCLUSIVE))
            return await super().send(number)

    samples = await run(ClosedLoop(1), Interrupting(world, lambda _: 0.1), world, requests=1000, stop=stop)
    assert len(samples) == 11


async def test_ticks_that_a_stall_swallowed_were_all_late() -> None:
    """The lag of a loop that stands still for a second is a hundred late ticks, and not one."""
    world = World()

    class Blocking(TimedTarget):
        async def send(self, number: int) -> Reply:
            if number == 5:
                world.stand_still(1.0)
            return await super().send(number)

    samples = await run(ClosedLoop(1), Blocking(world, lambda _: 0.1), world, requests=20)
    assert sum(lag > 50 for lag in samples.lag_ms) >= 90
