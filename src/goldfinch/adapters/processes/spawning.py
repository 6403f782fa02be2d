"""Starting a process that outlives whoever starts it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


class Starter:
    """Starts processes, and remembers how those that it started ended."""

    def __init__(self) -> None:
        self._children: dict[int, str] = {}
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
        self._children[child] = what.token

    def how_it_ended(self, token: str) -> str:
        """In words; empty: it runs, or was no child of this process."""
        self._bury()
        return self._ends.get(token, "")

    def forget(self, token: str) -> None:
        self._bury()
        self._ends.pop(token, None)

    def _bury(self) -> None:
        for child, token in tuple(self._children.items()):
            try:
                buried, status = os.waitpid(child, os.WNOHANG)
            except ChildProcessError:  # somebody else of this process asked first
                del self._children[child]
                continue
            if buried:
                del self._children[child]
                self._ends[token] = in_words(os.waitstatus_to_exitcode(status))
