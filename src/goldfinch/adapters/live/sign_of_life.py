"""Is the proxy alive? A log without lines is a time without traffic only where somebody was there to write them."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from goldfinch.ports.clock import Clock

_ASK_WITHIN_S: Final = 2.0
_MOST_BYTES: Final = 64 * 1024
_REQUEST = b"GET /stats?filter=^filesystem[.]write_failed$ HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n"
_FAILED = re.compile(rb"^filesystem\.write_failed: (\d+)\s*$", re.MULTILINE)


class SignOfLife(Protocol):
    async def seen_s(self) -> float | None:
        """When the proxy was seen last, alive and writing its log, seconds since 1970; None: never. Raises `OSError`."""
        ...

    def trouble(self) -> str:
        """Why its log cannot be trusted though it lives, in words, once; empty: it can."""
        ...


class TouchedFile:
    """A file that a living proxy touches every second."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def seen_s(self) -> float | None:
        try:
            return self._file.stat().st_mtime
        except FileNotFoundError:
            return None

    def trouble(self) -> str:
        return ""


class EnvoyAnswers:
    """Envoy itself, asked through its admin socket: also an Envoy lives whose supervisor was killed. It knows what it could not write."""

    def __init__(self, socket: Path, clock: Clock) -> None:
        self._socket, self._clock = socket, clock
        self._seen_s: float | None = None
        self._failed = 0
        self._trouble = ""

    async def seen_s(self) -> float | None:
        asked_s = self._clock.utc().timestamp()
        try:
            found = _FAILED.search(await asyncio.wait_for(self._ask(), _ASK_WITHIN_S))
        except (OSError, TimeoutError, EOFError):
            found = None
        if found is not None:
            self._seen_s = asked_s
            self._note_failed(int(found[1]))
        return self._seen_s

    def trouble(self) -> str:
        words, self._trouble = self._trouble, ""
        return words

    def _note_failed(self, failed: int) -> None:
        if failed > self._failed:
            self._trouble = f"the proxy could not write its access log ({failed - self._failed:,} times): is the disk full?"
        self._failed = failed

    async def _ask(self) -> bytes:
        with _reachable(self._socket) as path:
            reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(_REQUEST)
            return await _all(reader)
        finally:
            writer.close()


async def _all(reader: asyncio.StreamReader) -> bytes:
    """Up to the end, or to as much as an answer of Envoy's may be."""
    found = b""
    while len(found) < _MOST_BYTES and (more := await reader.read(_MOST_BYTES)):
        found += more
    return found


def in_words(access_log: Path, until_s: float, seen_s: float | None) -> str:
    """Of a log that says nothing of `until_s` or later."""
    life = "gives no sign of life" if seen_s is None else f"was alive last at {_clock(seen_s)}"
    return f"{access_log}: no line of {_clock(until_s)} or later, and the proxy {life}: silence is no measurement then"


@contextmanager
def _reachable(socket: Path) -> Iterator[str]:
    """A path that is short enough for a socket's address, whatever the folder's length."""
    folder = os.open(socket.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{socket.name}"
    finally:
        os.close(folder)


def _clock(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
