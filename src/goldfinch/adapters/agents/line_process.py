"""One program that is asked by lines on stdin and answers by lines on stdout."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

MAX_LINE_BYTES = 32 * 1024 * 1024
STDERR_KEPT_BYTES = 8192
GRACE_S = 2.0


class ProcessEnded(Exception):
    """The program ended instead of answering; `how` says with what status or signal."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class LineTooLong(ValueError):
    """The program wrote a line longer than the cap."""


class LineProcess:
    """A running program in a process group of its own, so that what it starts ends with it.

    Its stderr is drained all the time (a full pipe would stop it) and the end of it is kept for messages.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._stderr = b""
        self._lines: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self._readers = (asyncio.create_task(self._drain_stderr()), asyncio.create_task(self._read_stdout()))

    @classmethod
    async def start(cls, command: Sequence[str], *, cwd: str | None, env: Mapping[str, str]) -> LineProcess:
        """Start the program. Raises OSError where there is none or it may not be run."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=cwd, env=dict(env), start_new_session=True, limit=MAX_LINE_BYTES
        )
        return cls(process)

    @property
    def said_unasked(self) -> bool:
        """Whether it wrote a line, or ended, since the last answer was taken: the next line could not be told from that."""
        return not self._lines.empty()

    async def ask(self, line: bytes) -> bytes:
        """Write one line and wait for one. Raises `ProcessEnded` and `LineTooLong`."""
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the process was started without stdin")
        with suppress(BrokenPipeError, ConnectionResetError):  # told below, by the end of stdout
            stdin.write(line + b"\n")
            await stdin.drain()
        answer = await self._lines.get()
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            raise ProcessEnded(await self._how_it_ended())
        return answer

    def last_stderr(self, lines: int = 5) -> str:
        """Return the end of what it wrote on stderr."""
        text = self._stderr.decode("utf-8", "replace")
        return " | ".join(line.strip() for line in text.splitlines()[-lines:] if line.strip())

    async def stop(self) -> None:
        """End it: close stdin, then terminate its group, then kill it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for step in (None, signal.SIGTERM):
            self._signal(step)
            try:
                await asyncio.wait_for(self._process.wait(), GRACE_S)
                break
            except TimeoutError:
                continue
        await self.kill()

    async def kill(self) -> None:
        """End it and everything that it started, at once."""
        self._signal(signal.SIGKILL)
        await self._process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        if self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(OSError):
                await self._process.stdin.wait_closed()

    def kill_now(self) -> None:
        """Send the kill without waiting, for use while being cancelled."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals | None) -> None:
        if number is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def _how_it_ended(self) -> str:
        try:
            status = await asyncio.wait_for(self._process.wait(), GRACE_S)
        except TimeoutError:
            return "it closed its stdout"
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._readers[0]), GRACE_S)
        return f"exit status {status}" if status >= 0 else f"signal {_signal_name(-status)}"

    async def _read_stdout(self) -> None:
        stdout = self._process.stdout
        while stdout is not None:
            try:
                line = await stdout.readline()
            except ValueError:
                self._lines.put_nowait(LineTooLong(f"a line longer than {MAX_LINE_BYTES} bytes"))
                return
            if not line.endswith(b"\n"):
                break
            self._lines.put_nowait(line)
        self._lines.put_nowait(None)

    async def _drain_stderr(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (chunk := await stderr.read(65536)):
            self._stderr = (self._stderr + chunk)[-STDERR_KEPT_BYTES:]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
