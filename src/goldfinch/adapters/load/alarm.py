"""An alarm of the kernel (timerfd) where there is one, else the event loop's timers.

Timers of asyncio and uvloop are rounded to whole milliseconds; the kernel's are late by some 50 microseconds.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from time import perf_counter

_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_CLOCK_MONOTONIC = 1


def new_alarm() -> KernelAlarm | LoopAlarm:
    """The best alarm of this machine, for the running event loop."""
    if sys.platform == "linux":
        try:
            return KernelAlarm()
        except (OSError, AttributeError, NotImplementedError):  # a sandbox may forbid the call, a C library lack it
            pass
    return LoopAlarm()


class LoopAlarm:
    """Up to a millisecond late."""

    async def until(self, moment_s: float) -> None:
        left = moment_s - perf_counter()
        if left > 0:
            await asyncio.sleep(left)

    def close(self) -> None: ...


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class KernelAlarm:
    """`timerfd` through the C library: `os.timerfd_create` came with Python 3.13. Raises `OSError` where the kernel refuses."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._set = library.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.POINTER(_Itimerspec), ctypes.c_void_p)
        self._descriptor: int = library.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _Itimerspec()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._rung)
        self._waiter: asyncio.Future[None] | None = None

    async def until(self, moment_s: float) -> None:
        left = moment_s - perf_counter()
        if left <= 0:
            return
        self._spec.value.seconds, nanoseconds = divmod(int(left * 1e9), 1_000_000_000)
        self._spec.value.nanoseconds = max(1, nanoseconds)
        self._waiter = self._loop.create_future()
        if self._set(self._descriptor, 0, ctypes.byref(self._spec), None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        await self._waiter

    def close(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _rung(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
