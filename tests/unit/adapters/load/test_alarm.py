"""Alarms ring once for each moment, and at once for one that is past."""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter

import pytest

from goldfinch.adapters.load.alarm import KernelAlarm, LoopAlarm, new_alarm


@pytest.mark.parametrize("make", [new_alarm, LoopAlarm])
async def test_an_alarm_does_not_ring_before_its_moment(make: type[LoopAlarm]) -> None:
    alarm = make()
    for _ in range(5):
        moment = perf_counter() + 0.003
        await alarm.until(moment)
        assert perf_counter() >= moment - 0.0011  # the loop's own timers are rounded to milliseconds
    alarm.close()


@pytest.mark.parametrize("make", [new_alarm, LoopAlarm])
async def test_a_moment_that_is_past_is_not_waited_for(make: type[LoopAlarm]) -> None:
    alarm = make()
    async with asyncio.timeout(5):
        await alarm.until(perf_counter() - 10)
    alarm.close()


@pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")
async def test_linux_has_the_kernel_s_alarm_and_closing_it_twice_is_harmless() -> None:
    alarm = new_alarm()
    assert isinstance(alarm, KernelAlarm)
    alarm.close()
    alarm.close()


async def test_without_timerfd_the_loop_s_timers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldfinch.adapters.load.alarm.ctypes.CDLL", lambda *_, **__: object())
    alarm = new_alarm()
    assert isinstance(alarm, LoopAlarm)
