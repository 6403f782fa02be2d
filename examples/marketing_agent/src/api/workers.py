"""Several processes on one socket (Linux): each is a whole service; this one starts them, replaces those that die, passes signals on."""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 - starts this very program
import sys
from collections.abc import Sequence

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
LOOK_EVERY_S = 0.5
"""Also how long a worker that died at its start stays dead: no busy loop."""


class Workers:
    """`arguments` are those of `python -m src.api`, for a single process on the inherited socket `fd`.

    The signals are blocked here and taken one by one; a worker inherits that, so one that is still starting gets its signal when it serves.
    """

    def __init__(self, arguments: Sequence[str], fd: int, count: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self._command = [sys.executable, "-m", "src.api", *arguments, "--fd", str(fd), "--parent", str(os.getpid())]
        self._fd = fd
        self._processes = [self._start() for _ in range(count)]

    def run(self) -> int:
        """Return 0 when all have ended with 0 after a signal, else the exit code of one that did not."""
        while (number := _taken()) is None:
            self._processes = [process if process.poll() is None else self._start() for process in self._processes]
        self._pass_on(number)
        while any(process.poll() is None for process in self._processes):
            again = _taken()
            if again is not None:
                self._pass_on(again)
        return next((process.returncode for process in self._processes if process.returncode), 0)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, pass_fds=[self._fd], start_new_session=True)  # nosec B603 - no shell, own arguments

    def _pass_on(self, number: int) -> None:
        for process in self._processes:
            process.send_signal(number)


def _taken() -> int | None:
    """The next signal, waiting for it a while."""
    info = signal.sigtimedwait(SIGNALS, LOOK_EVERY_S)
    return None if info is None else info.si_signo
