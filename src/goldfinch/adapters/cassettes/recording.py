"""Keep every exchange in a file: one `write(2)` each, so that a kill loses nothing that was replied."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock

from goldfinch.core.errors import ConfigurationError, GoldfinchError, InfrastructureError
from goldfinch.core.wire.exchanges import GivenReply, Scrubber
from goldfinch.ports.exchanges import Asked

from .format import FILE, line_of

_BLOCK = 65_536
_BEGINNING = b'{"schema_version"'
"""Of every line that `line_of` writes. A file that begins otherwise is somebody's, and not to be shortened."""


class Recording:
    """Appends to `<folder>/exchanges.jsonl`, secrets taken out first. `name` is asked for at the first exchange: the run's id.

    Replies with an error status are exchanges like others. A request whose connection failed has no reply, and is not kept.
    """

    def __init__(self, folder: Path, scrubber: Scrubber, name: Callable[[], str]) -> None:
        """Raises `ConfigurationError` where the file cannot be made, or another process records into it."""
        self._path = folder / FILE
        self._scrubber = scrubber
        self._name = name
        self._numbers = count(_now_in_microseconds())  # goes on above every earlier session's numbers
        self._lock = Lock()
        self._descriptor = _opened(self._path)
        self.kept = 0
        self.problem: GoldfinchError | None = None

    def __repr__(self) -> str:
        return f"Recording({str(self._path)!r})"

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        return Asked(self._scrubber.request(method, url, headers, body), next(self._numbers))

    def recall(self, asked: Asked) -> GivenReply | None:  # noqa: ARG002 - the port's signature
        """Always None: everything is really asked."""
        return None

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool) -> None:
        reply = self._scrubber.reply(status, headers, chunks, ended=ended)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = line_of(self._name(), asked.sequence, now, asked.request, reply)
        try:
            with self._lock:
                _append(self._descriptor, line)
                self.kept += 1
        except OSError as error:
            self.problem = InfrastructureError(
                f"cannot record: {error.strerror or error}", where=str(self._path), hint="free space or fix the permissions", code="E2006"
            )
            raise self.problem from error

    def close(self) -> None:
        """Flush and close the file; one with nothing in it is removed."""
        with self._lock:
            if self._descriptor < 0:
                return
            if os.fstat(self._descriptor).st_size == 0:
                self._path.unlink(missing_ok=True)
            os.fdatasync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def _now_in_microseconds() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000_000)


def _opened(path: Path) -> int:
    """The file, locked, without what a kill tore off at its end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as error:
        raise ConfigurationError(
            f"cannot record here: {error.strerror or error}", where=str(path), hint="name another folder with --record", code="E2004"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _BEGINNING.startswith(os.pread(descriptor, len(_BEGINNING), 0)):
            raise ConfigurationError("holds no recording", where=str(path), hint="name another folder with --record", code="E2004")
        os.ftruncate(descriptor, _end_of_whole_lines(descriptor))
    except BlockingIOError:
        os.close(descriptor)
        raise ConfigurationError(
            "another process is recording into this file", where=str(path), hint="wait for it, or name another folder", code="E2005"
        ) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _append(descriptor: int, line: bytes) -> None:
    end = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, line)
        while written < len(line):
            written += os.write(descriptor, line[written:])
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _end_of_whole_lines(descriptor: int) -> int:
    before = os.fstat(descriptor).st_size
    while before > 0:
        start = max(0, before - _BLOCK)
        found = os.pread(descriptor, before - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        before = start
    return 0
