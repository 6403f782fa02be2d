"""A thread pool whose stuck threads do not keep the process from ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple


class _Job(NamedTuple):
    call: Callable[[], Any]
    context: Context
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[tuple[Any, BaseException | None]]


class DaemonThreads:
    """Runs blocking calls in at most `size` threads, started as they are needed.

    Not `ThreadPoolExecutor`: the interpreter joins its threads at exit, so one agent that never returns would hang the command. A call
    whose task is cancelled goes on in its thread (Python cannot stop it) and keeps that thread busy until it returns.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = Lock()
        self._started = 0
        self._idle = 0

    async def run(self, call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        """Run `call` in a thread; return what it gave and None, or None and what it raised (StopIteration and SystemExit included)."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
        self._ensure_thread()
        self._jobs.put(_Job(call, copy_context(), loop, done))
        return await done

    def close(self) -> None:
        """Let idle threads end; busy ones end after their call."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
                return
            if self._started >= self._size:
                return
            self._started += 1
            number = self._started
        Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.done.cancelled():
                outcome = _outcome(job)
                _deliver(job, outcome)
            del job
            with self._lock:
                self._idle += 1


def _outcome(job: _Job) -> tuple[Any, BaseException | None]:
    try:
        return job.context.run(job.call), None
    except BaseException as error:  # noqa: BLE001 - user code may raise anything, SystemExit included; the caller decides
        return None, error


def _deliver(job: _Job, outcome: tuple[Any, BaseException | None]) -> None:
    def settle() -> None:
        if not job.done.done():
            job.done.set_result(outcome)

    try:
        job.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop is closed: nobody waits any more
