"""Starting a process that outlives whoever starts it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from goldfinch.adapters.processes import launcher
from goldfinch.adapters.processes.kernel import in_words
from goldfinch.core.deploy import codes
from goldfinch.core.rollout.failures import DeployFailed


@dataclass(frozen=True, slots=True)
class Start:
    """One process to be started. It writes `record` itself; `result` None: it is no stage."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    record: Path
    token: str
    memory_mb: int = 0
    result: Path | None = None


class _Child(NamedTuple):
    token: str
    started: int | None


class Starter:
    """Starts processes, and remembers how those that it started ended."""

    def __init__(self) -> None:
        self._alone = Lock()
        self._children: dict[int, _Child] = {}
        self._ends: dict[str, str] = {}

    def start(self, what: Start, lock: int) -> None:
        """The process inherits `lock` until it has written its record. Raises `DeployFailed`."""
        kind = "serve" if what.result is None else "stage"
        arguments = [kind, str(what.record), str(what.result or ""), what.token, str(what.folder), str(what.memory_mb), "--"]
        command = [sys.executable, "-I", "-S", launcher.__file__, *arguments, *what.command]
        actions = (
            (os.POSIX_SPAWN_DUP2, lock, launcher.LOCK),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(what.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        )
        try:
            child = os.posix_spawn(sys.executable, command, dict(what.environment), file_actions=actions)
        except (OSError, ValueError) as error:
            raise DeployFailed(f"cannot start {what.command[0]}: {error}", where=str(what.record), code=codes.NOT_STARTED) from error
        with self._alone:
            self._children[child] = _Child(what.token, _started_at(child))

    def how_it_ended(self, token: str) -> str:
        """In words; empty: it runs, or was no child of this process."""
        with self._alone:
            self._bury()
            return self._ends.get(token, "")

    def forget(self, token: str) -> None:
        with self._alone:
            self._bury()
            self._ends.pop(token, None)

    def _bury(self) -> None:
        """Another starter of this process may have buried one; its id may be another child's by now, whose end is none of ours."""
        for pid, child in tuple(self._children.items()):
            buried, status = 0, 0
            with suppress(ChildProcessError):
                if _started_at(pid) == child.started:
                    buried, status = os.waitpid(pid, os.WNOHANG)
                    if not buried:
                        continue
            del self._children[pid]
            if buried:
                self._ends[child.token] = in_words(os.waitstatus_to_exitcode(status))


def _started_at(pid: int) -> int | None:
    try:
        return launcher.started_at(pid)
    except (OSError, ValueError, IndexError):
        return None
