"""The controller in a thread with a loop of its own, beside whatever else the process does."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

STOP_WITHIN_S = 25.0
"""Below the 30 s that a service manager usually gives: time enough for a command that is under way, and for giving leases up."""

Work = Callable[[], Coroutine[Any, Any, None]]


class Background:
    """Work that runs until it ends or is told to stop. What it raised is kept in `error`."""

    def __init__(self, name: str, work: Work) -> None:
        self._work = work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        """Returns once it can be stopped."""
        self._thread.start()
        self._ready.wait()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self, within_s: float = STOP_WITHIN_S) -> bool:
        """Cancel it and wait; whether it has ended in time. Leases are given up on the way."""
        loop, task = self._loop, self._task
        if loop is not None and task is not None and self.is_running:
            with suppress(RuntimeError):  # it ended in between
                loop.call_soon_threadsafe(task.cancel)
        self._thread.join(within_s)
        return not self.is_running

    def join(self, timeout_s: float | None = None) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - whoever started it reads it
            self.error = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.ensure_future(self._work())
        self._ready.set()
        try:
            await self._task
        except asyncio.CancelledError:
            if not self._task.cancelled():
                raise


def lease_owner() -> str:
    """A name of this process in leases that no other process has, and that a person can find it by."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
