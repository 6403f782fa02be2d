"""Several processes on one socket: each is a whole service; this one starts them, replaces those that die, and passes signals on."""

from __future__ import annotations

import signal
import subprocess  # nosec B404 - starts this very program
import sys
import time
from collections.abc import Sequence
from types import FrameType

RESTART_AFTER_S = 1.0
"""A worker that dies at its start would otherwise be started in a busy loop."""


class Workers:
    """`arguments` are those of `python -m src.api`, for a single process on the inherited socket `fd`."""

    def __init__(self, arguments: Sequence[str], fd: int, count: int) -> None:
        self._command = [sys.executable, "-m", "src.api", *arguments, "--fd", str(fd)]
        self._fd = fd
        self._processes = [self._start() for _ in range(count)]
        self._stopping = False

    def run(self) -> int:
        """Return 0 when all have ended after a signal, else the exit code of the first that did not end with 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._pass_on)
        while not self._stopping:
            time.sleep(RESTART_AFTER_S)
            self._replace_dead()
        return next((code for code in [process.wait() for process in self._processes] if code), 0)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, pass_fds=[self._fd], start_new_session=True)  # nosec B603 - no shell, own arguments

    def _replace_dead(self) -> None:
        if not self._stopping:
            self._processes = [process if process.poll() is None else self._start() for process in self._processes]

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)
