from __future__ import annotations

import asyncio

from goldfinch.testing.clock import FakeClock


async def test_sleeping_takes_no_time_and_moves_the_clock() -> None:
    clock = FakeClock()
    await clock.sleep(3600)
    await clock.sleep(0.5)
    assert clock.monotonic_s() == 3600.5
    assert clock.utc_iso() == "2026-01-01T01:00:00.500Z"


async def test_sleepers_wake_in_the_order_of_their_times_then_of_falling_asleep() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic_s()))

    await asyncio.gather(sleeper("late", 5), sleeper("first", 1), sleeper("second", 1), sleeper("at once", 0))
    assert woken == [("at once", 0.0), ("first", 1.0), ("second", 1.0), ("late", 5.0)]


async def test_stands_still_while_anybody_works() -> None:
    clock = FakeClock()
    sleeper = asyncio.ensure_future(clock.sleep(10))
    for _ in range(500):
        await asyncio.sleep(0)
        assert clock.monotonic_s() == 0.0
    await sleeper
    assert clock.monotonic_s() == 10.0


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = FakeClock()
    cancelled = asyncio.ensure_future(clock.sleep(5))
    await asyncio.sleep(0)
    cancelled.cancel()
    await clock.sleep(20)
    assert cancelled.cancelled()
    assert clock.monotonic_s() == 20.0


async def test_never_goes_back() -> None:
    clock = FakeClock()
    await clock.sleep(7)
    await clock.sleep(-3)
    assert clock.monotonic_s() == 7.0


async def test_goes_the_same_way_every_time() -> None:
    async def history() -> list[tuple[int, float]]:
        clock, seen = FakeClock(), []

        async def worker(number: int) -> None:
            for step in range(5):
                await clock.sleep((number * 7 + step * 3) % 5 / 10)
                seen.append((number, clock.monotonic_s()))

        await asyncio.gather(*(worker(number) for number in range(10)))
        return seen

    assert await history() == await history()


async def test_wakes_whoever_waits_for_a_sleeper() -> None:
    clock, rung = FakeClock(), asyncio.Event()

    async def ring() -> None:
        await clock.sleep(30)
        rung.set()

    ringing = asyncio.ensure_future(ring())
    await rung.wait()
    await ringing
    assert clock.monotonic_s() == 30.0
