"""A task as server-sent events: `plan`, `step`, `reflection` as they happen, then the answer's text as `delta`, then `done`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from src.api.answers import answer_of, encoded, step_of
from src.api.problems import Problem, Problems
from src.domain import ReasoningStep, Result, Task

EVENTS = {"plan": "plan", "execution": "step", "reflection": "reflection"}
"""The event of each kind of step; the answer itself comes as `delta` and `done`."""
PIECE = 40
_WORDS = re.compile(r"\s*\S+\s*")


class Progress:
    """What happens to a task, in order: steps told from the agent's thread, then its result or its problem."""

    def __init__(self, problems: Problems) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[ReasoningStep | Result | Problem] = asyncio.Queue()
        self._problems = problems

    def observe(self, step: ReasoningStep) -> None:
        """Called on the agent's thread."""
        self._loop.call_soon_threadsafe(self._queue.put_nowait, step)

    def ended(self, work: asyncio.Task[Result]) -> None:
        if work.cancelled():
            self._queue.put_nowait(self._problems.of(asyncio.CancelledError()))
            return
        error = work.exception()
        self._queue.put_nowait(work.result() if error is None else self._problems.of(error))

    async def next(self) -> ReasoningStep | Result | Problem:
        return await self._queue.get()


class EventStream(StreamingResponse):
    """Stops the work where the client goes away."""

    def __init__(self, events: AsyncIterator[bytes], work: asyncio.Task[Result], headers: dict[str, str]) -> None:
        super().__init__(
            events, headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}, media_type="text/event-stream"
        )
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._work.cancel()


async def events(task: Task, first: ReasoningStep | Result | Problem, progress: Progress, heartbeat_s: float) -> AsyncIterator[bytes]:
    """Every event from `first` to the last. A problem ends the stream as `error`."""
    happened: ReasoningStep | Result | Problem | None = first
    while True:
        if happened is None:
            yield b": still at work\n\n"
        elif isinstance(happened, ReasoningStep):
            if happened.kind in EVENTS:
                yield event(EVENTS[happened.kind], step_of(happened))
        else:
            for last in endings(task, happened):
                yield last
            return
        try:
            happened = await asyncio.wait_for(progress.next(), heartbeat_s)
        except TimeoutError:
            happened = None


def endings(task: Task, outcome: Result | Problem) -> Iterator[bytes]:
    if isinstance(outcome, Problem):
        yield event("error", outcome.body())
        return
    for piece in pieces(outcome.output):
        yield event("delta", {"delta": piece})
    yield event("done", answer_of(task, outcome))


def event(name: str, data: Any) -> bytes:
    """One event. JSON has no raw line break, so its data is one line."""
    return b"event: " + name.encode() + b"\ndata: " + encoded(data) + b"\n\n"


def pieces(text: str, size: int = PIECE) -> Iterator[str]:
    """The text in pieces of whole words, which together are the text."""
    piece = ""
    for word in _WORDS.findall(text) or ([text] if text else []):
        if piece and len(piece) + len(word) > size:
            yield piece
            piece = ""
        piece += word
    if piece:
        yield piece
