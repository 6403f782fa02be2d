"""Users of a drill: sessions at a steady rate, each answer judged by whether it is what was asked."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp

from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.system import SystemClock
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.recovery.drills import Fault
from goldfinch.core.rollout.arms import RELEASE_HEADER, SESSION_HEADER

WRITE_EVERY_S: Final = 0.5
TIMEOUT_S: Final = 10.0
FAILS_BY_ITSELF: Final = frozenset({Fault.ERRORS, Fault.KILL_CONTROLLER})
"""Faults that answer with 500: those are no failure of the way back."""
SERVER_ERROR: Final = 500


class EchoLoad:
    """An open loop of sessions of one turn; what each answer was worth becomes a note, as live scores do."""

    def __init__(self, url: str, notes: Path, rate: float, canary: str, fault: Fault) -> None:
        self._url, self._rate, self._canary, self._fault = url, rate, canary, fault
        self._notes = NotesLog(notes, SystemClock())
        self._waiting: list[TurnNote] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.answered = 0
        self.unexplained = 0
        """Failed, and not by the fault."""

    def begin(self) -> None:
        for work in (self._send(), self._write()):
            self._keep(asyncio.ensure_future(work))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self) -> None:
        limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as client:
            number, due_s = 0, time.monotonic()
            while True:
                number, due_s = number + 1, due_s + 1 / self._rate
                self._keep(asyncio.ensure_future(self._session(client, f"question {number}")))
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))

    async def _session(self, client: aiohttp.ClientSession, question: str) -> None:
        try:
            async with client.post(self._url, json={"input": question}) as reply:
                release, session = reply.headers.get(RELEASE_HEADER, ""), reply.headers.get(SESSION_HEADER, "")
                said = await reply.json() if reply.status < SERVER_ERROR else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            self.answered += 1
            self.unexplained += 1
            return
        self.answered += 1
        if said is None:
            self.unexplained += not (release == self._canary and self._fault in FAILS_BY_ITSELF)
            return
        arm = Arm.CANARY if release == self._canary else Arm.STABLE
        score = float(said.get("answer") == question)
        self._waiting.append(TurnNote(time.time(), session.partition(".")[0], arm, scores={"evaluation_score": score}))

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            ready, self._waiting = self._waiting, []
            if ready:
                await asyncio.to_thread(self._notes.add, ready)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with suppress(asyncio.CancelledError):
            task.exception()
