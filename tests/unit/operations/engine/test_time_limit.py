from __future__ import annotations

import asyncio

import pytest

from goldfinch.operations.engine.time_limit import TimeLimit

SHORT_S = 0.01


async def _never() -> None:
    await asyncio.Event().wait()


async def test_ends_a_block_that_takes_too_long() -> None:
    limit = TimeLimit(SHORT_S)
    with pytest.raises(TimeoutError), limit:
        await _never()
    assert limit.expired
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_leaves_a_block_alone_that_is_in_time() -> None:
    limit = TimeLimit(60)
    with limit:
        await asyncio.sleep(0)
    assert not limit.expired
    limit.close()


async def test_an_old_deadline_does_not_hit_a_later_block() -> None:
    """One timer serves all blocks: that of the first one fires while the second one runs, and moves on to its deadline."""
    limit = TimeLimit(60)
    with limit:
        await asyncio.sleep(0)
    with limit:
        limit._fire()
        await asyncio.sleep(0)
        assert limit._timer is not None
        assert limit._timer.when() == limit._deadline
    assert not limit.expired
    limit.close()


async def test_works_again_after_it_expired() -> None:
    limit = TimeLimit(SHORT_S)
    for _ in range(2):
        with pytest.raises(TimeoutError), limit:
            await _never()
        with limit:
            await asyncio.sleep(0)
        assert not limit.expired
    limit.close()


async def test_cancellation_from_outside_passes_through() -> None:
    limit = TimeLimit(60)

    async def work() -> None:
        with limit:
            await _never()

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not limit.expired
    limit.close()


async def test_cancellation_from_outside_wins_over_a_limit_that_expires_at_the_same_time() -> None:
    limit = TimeLimit(SHORT_S)

    async def work() -> None:
        with limit:
            await _never()

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_at(limit._deadline, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    limit.close()


async def test_a_timeout_around_it_is_told_apart() -> None:
    async def both(outer_s: float, inner: TimeLimit) -> None:
        async with asyncio.timeout(outer_s):
            with inner:
                await _never()

    long, short = TimeLimit(60), TimeLimit(SHORT_S)
    for outer_s, inner in ((SHORT_S, long), (60, short)):
        with pytest.raises(TimeoutError):
            await both(outer_s, inner)
    assert (long.expired, short.expired) == (False, True)
    long.close()


async def test_a_timeout_of_the_block_itself_is_told_apart() -> None:
    limit = TimeLimit(60)
    with pytest.raises(TimeoutError, match="the tool"), limit:
        raise TimeoutError("the tool took 5 s")
    assert not limit.expired
    limit.close()


async def test_other_errors_pass_through() -> None:
    limit = TimeLimit(60)
    with pytest.raises(ValueError, match="crash"), limit:
        raise ValueError("crash")
    limit.close()


async def test_leaves_no_timer_behind_when_closed() -> None:
    limit = TimeLimit(SHORT_S)
    with limit:
        await asyncio.sleep(0)
    limit.close()
    await asyncio.sleep(SHORT_S * 1.5)
    assert not limit.expired
