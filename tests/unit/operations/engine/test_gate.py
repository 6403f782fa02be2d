from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.pacing.breaker import CircuitBreaker
from goldfinch.core.pacing.concurrency import ConcurrencyLimit
from goldfinch.operations.engine.gate import Gate, Gates
from goldfinch.testing.clock import FakeClock


def open_gate(allowed: int, clock: FakeClock | None = None) -> Gate:
    gate = Gate(ConcurrencyLimit(allowed), CircuitBreaker(), clock or FakeClock())
    gate.breaker.answered()
    return gate


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_lets_in_as_many_as_allowed_and_the_next_one_when_one_leaves() -> None:
    gate = open_gate(2)
    assert [gate.try_enter() for _ in range(3)] == [True, True, False]
    waiting = asyncio.ensure_future(gate.enter())
    await turns()
    assert not waiting.done()
    gate.leave()
    await waiting
    assert gate.in_flight == 2


async def test_a_cancelled_waiter_hands_its_turn_on() -> None:
    gate = open_gate(1)
    assert gate.try_enter()
    first, second = asyncio.ensure_future(gate.enter()), asyncio.ensure_future(gate.enter())
    await turns()
    gate.leave()  # the turn is the first one's, which does not know it yet
    first.cancel()
    await asyncio.wait_for(second, 30)
    assert gate.in_flight == 1
    assert first.cancelled()


async def test_an_open_breaker_turns_everybody_away() -> None:
    gate = Gate(ConcurrencyLimit(8), CircuitBreaker(give_up_after=1), FakeClock())
    assert gate.try_enter()
    waiting = [asyncio.ensure_future(gate.enter()) for _ in range(5)]
    await turns()
    gate.breaker.failed("connection refused", gate.breaker.trips)
    gate.leave()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [InfrastructureError] * 5
    with pytest.raises(InfrastructureError, match="connection refused"):
        gate.try_enter()


async def test_a_pause_holds_everybody_and_a_longer_one_extends_it() -> None:
    clock = FakeClock()
    gate = open_gate(4, clock)
    gate.pause(10)
    gate.pause(30)
    gate.pause(5)
    assert not gate.try_enter()
    entered: list[float] = []

    async def enter() -> None:
        await gate.enter()
        entered.append(clock.monotonic_s())

    await asyncio.gather(*(enter() for _ in range(4)))
    assert entered == [30.0] * 4
    gate.close()


async def test_after_a_cut_nobody_enters_before_enough_have_left() -> None:
    gate = open_gate(4)
    for _ in range(4):
        assert gate.try_enter()
    waiting = [asyncio.ensure_future(gate.enter()) for _ in range(4)]
    gate.limit.overloaded(gate.limit.generation)
    for left in (3, 2):
        gate.leave()
        await turns()
        assert gate.in_flight == left
    gate.leave()
    await turns()
    assert gate.in_flight == 2
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("seed", range(20))
async def test_no_turn_is_ever_lost(seed: int) -> None:
    """Calls that end, fail, pause the gate, cut it and are cancelled, in any order: everybody who is left gets through."""
    random, clock = Random(seed), FakeClock()
    gate = Gate(ConcurrencyLimit(4), CircuitBreaker(give_up_after=10_000), clock)
    through = peak = 0

    async def call(happening: Callable[[], None]) -> None:
        nonlocal through, peak
        if not gate.try_enter():
            await gate.enter()
        try:
            peak = max(peak, gate.in_flight)
            await clock.sleep(random.random())
        finally:
            gate.leave()
        happening()
        through += 1

    def succeeded() -> None:
        gate.limit.succeeded()
        gate.breaker.answered()
        gate.wake()

    happenings = (
        succeeded,
        succeeded,
        lambda: gate.breaker.failed("down", gate.breaker.trips),
        lambda: gate.pause(random.random() * 5),
        lambda: gate.limit.overloaded(gate.limit.generation),
    )
    tasks = [asyncio.ensure_future(call(random.choice(happenings))) for _ in range(200)]
    await clock.sleep(2)
    dropped = [task for task in tasks if not task.done() and random.random() < 0.2]
    for task in dropped:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)
    assert through == 200 - sum(task.cancelled() for task in tasks)
    assert gate.in_flight == 0
    assert peak <= 4
    gate.close()


def test_everything_with_the_same_provider_and_key_shares_one_gate() -> None:
    gates = Gates(8, FakeClock())
    assert gates.of("openai:a1") is gates.of("openai:a1")
    assert gates.of("openai:a1") is not gates.of("openai:b2")
    assert gates.of("openai:a1").limit.allowed == 8
