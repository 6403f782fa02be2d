from __future__ import annotations

import asyncio

import pytest

from src.memory import MemoryUnavailable
from src.memory.deadline import _abandoned, within


async def never() -> None:
    await asyncio.Event().wait()


async def test_gives_the_result() -> None:
    async def work() -> int:
        return 7

    assert await within(10, "a server", work()) == 7


async def test_raises_what_the_work_raised() -> None:
    async def work() -> None:
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        await within(10, "a server", work())


async def test_silence_is_an_error_that_names_the_server() -> None:
    with pytest.raises(MemoryUnavailable, match=r"memory: a server: no answer within 0\.01 s"):
        await within(0.01, "a server", never())


@pytest.mark.parametrize("ending", [None, OSError("late")])
async def test_work_that_tidies_up_for_long_is_not_waited_for(ending: OSError | None) -> None:
    tidied = asyncio.Event()

    async def work() -> None:
        try:
            await never()
        finally:
            await tidied.wait()
            if ending:
                raise ending

    with pytest.raises(MemoryUnavailable):
        await within(0.01, "a server", work())
    (task,) = _abandoned
    tidied.set()
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert not _abandoned


async def test_a_cancelled_caller_cancels_the_work() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await never()
        finally:
            ended.set()

    caller = asyncio.create_task(within(10, "a server", work()))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await ended.wait()
