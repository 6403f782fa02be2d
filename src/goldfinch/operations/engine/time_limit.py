"""A time limit for one call after the other, at a fraction of the cost of `asyncio.timeout`."""

from __future__ import annotations

import asyncio
from types import TracebackType


class TimeLimit:
    """Cancels the block that takes longer than `seconds` and turns its cancellation into `TimeoutError`.

    `asyncio.timeout` arms and disarms a timer for every block. Here one timer stays armed and, when it fires before the deadline of
    the block that runs by then, moves itself there: thousands of fast calls cost one timer. Used by one task at a time.
    """

    __slots__ = ("_cancelling", "_deadline", "_expired", "_loop", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._cancelling = 0
        self._expired = False

    @property
    def expired(self) -> bool:
        """Whether the last block was cancelled for its time: a `TimeoutError` of anything else leaves this False."""
        return self._expired

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit is for a task")
        self._task = task
        self._cancelling = task.cancelling()
        self._expired = False
        self._deadline = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._fire)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        task, self._task = self._task, None
        if self._expired and task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _fire(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._fire)
            return
        self._expired = True
        self._task.cancel()

    def close(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
