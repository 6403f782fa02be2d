"""The event loop that a command runs on: signals stop the work, and the garbage collector is kept out of it."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from goldfinch.operations.engine.stopping import StopSignal

Result = TypeVar("Result")

YOUNG_OBJECTS = 10_000
"""Objects made and still alive after which the garbage collector looks for cycles; Python's 700 are fewer than three calls of an SDK hold.

With 256 answers under way it ran 140 times in 2,000 and found nothing, at 55 µs an answer.
"""


def run_to_end(work: Callable[[StopSignal], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` on an event loop of its own (uvloop where it is installed). Ctrl-C and SIGTERM stop it once gently, twice at once."""
    with _garbage_collected_less(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_with_signals(work))


@contextmanager
def _garbage_collected_less() -> Iterator[None]:
    """Spare the garbage collector the modules imported so far, which cost up to 20 µs an answer each time anew, and needless rounds.

    Whoever switched it off, or told it to come less often still, is left alone.
    """
    found = gc.get_threshold()
    gc.freeze()
    if 0 < found[0] < YOUNG_OBJECTS:
        gc.set_threshold(YOUNG_OBJECTS, *found[1:])
    try:
        yield
    finally:
        gc.set_threshold(*found)
        gc.unfreeze()


async def _with_signals(work: Callable[[StopSignal], Coroutine[Any, Any, Result]]) -> Result:
    stop = StopSignal()
    loop = asyncio.get_running_loop()
    handled = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    for number in handled:
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.interrupt)
    try:
        return await work(stop)
    finally:
        for number in handled:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
