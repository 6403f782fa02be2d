"""Stages before traffic: a process that runs once, and whose end is in a file whether or not anybody was there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from goldfinch.adapters.processes import kernel, logs
from goldfinch.adapters.processes.locks import held, is_held
from goldfinch.adapters.processes.records import Book, Deployment, Ended, read, write
from goldfinch.adapters.processes.releases import Ground
from goldfinch.adapters.processes.spawning import Start
from goldfinch.core.deploy import codes
from goldfinch.core.deploy.filling import command_of
from goldfinch.core.rollout.evidence import StageResult
from goldfinch.core.rollout.failures import DeployFailed

SMOKE, MIGRATE = "smoke", "migrate"


@dataclass(frozen=True, slots=True)
class Begun:
    """A stage that was started, or was about to be."""

    token: str
    at: float
    note: str = ""
    """What is said beside its result."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a stage is to run. `refused`: why it must not, which is its result; `trusted`: it is ours, and gets the caller's variables."""

    command: Sequence[str]
    deployment: Deployment
    port: int
    note: str = ""
    refused: str = ""
    trusted: bool = False


class Stage:
    """One stage of one release. The runner and its command hold the lock as long as any of them runs."""

    def __init__(self, ground: Ground, book: Book, name: str) -> None:
        if name not in (SMOKE, MIGRATE):
            raise DeployFailed(f"there is no stage {name[:40]!r}", where=book.release, code=codes.NO_STAGE)
        self._ground, self._book, self._name = ground, book, name
        self._begun, self._process, self._ended = (book.folder / f"{name}.{part}.json" for part in ("begun", "process", "ended"))
        self.log = book.folder / f"{name}.log"
        self._lock = ground.folder / "migrate.lock" if name == MIGRATE else book.folder / f"{name}.lock"

    def run(self, order: Order) -> None:
        """Start it, unless it runs or has run. One that was interrupted runs anew where that is harmless. Raises `DeployFailed`."""
        with held(self._lock, 0.0) as lock:
            if self._result() is not None:
                return
            begun = read(self._begun, Begun)
            if lock is None:
                self._leave_to_the_other(begun)
            elif begun is not None and self._name == MIGRATE and self._process_of(begun) is not None:
                what = "it was interrupted, and how far it came is not known: look at the database, then roll out again"
                write(self._ended, Ended(begun.token, -9, what))
            elif order.refused:
                self._refuse(order.refused)
            else:
                self._start(order, lock)

    def result(self) -> StageResult:
        """As the file has it. Raises `DeployFailed` (E3207)."""
        begun = read(self._begun, Begun)
        if begun is None:
            return StageResult(None, "not started")
        if (ended := self._result()) is not None:
            return self._told(begun, ended)
        return StageResult(None, "running" if is_held(self._lock) else "interrupted")

    def forget(self) -> None:
        """A release that is deployed anew is tried anew; what runs still is left alone."""
        begun = read(self._begun, Begun)
        process = None if begun is None else self._process_of(begun)
        if process is None or not kernel.is_alive(process):
            for path in (self._begun, self._ended, self._process):
                path.unlink(missing_ok=True)

    def stop(self) -> None:
        """At once, with everything that it started."""
        begun = read(self._begun, Begun)
        if begun is not None and self._result() is None:
            kernel.kill_all(self._process_of(begun), begun.token)

    def _refuse(self, why: str) -> None:
        """It ended before it began."""
        begun = Begun(token_hex(8), self._ground.now())
        write(self._begun, begun)
        write(self._ended, Ended(begun.token, 1, why))

    def _start(self, order: Order, lock: int) -> None:
        places = self._ground.places(order.deployment, order.port)
        begun = Begun(token_hex(8), self._ground.now(), order.note)
        own = self._ground.variables(order.deployment, places, begun.token)
        start = Start(
            command=command_of(order.command, places, where=f"deploy.{self._name}"),
            environment={**self._ground.environment, **own} if order.trusted else own,
            folder=Path(order.deployment.folder),
            log=self.log,
            record=self._process,
            token=begun.token,
            memory_mb=self._ground.settings.memory_mb or 0,
            result=self._ended,
        )
        self.log.unlink(missing_ok=True)
        write(self._begun, begun)
        self._ground.starter.start(start, lock)

    def _leave_to_the_other(self, begun: Begun | None) -> None:
        if begun is None or (self._name == MIGRATE and self._process_of(begun) is None):
            what = "another migration is running" if self._name == MIGRATE else "another controller is starting it"
            raise DeployFailed(what, where=f"{self._name} of {self._book.release}", hint="it is tried again", code=codes.BUSY)

    def _result(self) -> Ended | None:
        begun, ended = read(self._begun, Begun), read(self._ended, Ended)
        return ended if begun is not None and ended is not None and ended.token == begun.token else None

    def _process_of(self, begun: Begun) -> kernel.Identity | None:
        process = read(self._process, kernel.Identity)
        return process if process is not None and process.token == begun.token else None

    def _told(self, begun: Begun, ended: Ended) -> StageResult:
        if ended.code == 0:
            return StageResult(True, begun.note)
        said = self._ground.redact(logs.last_line(self.log))[:300]
        why = ended.detail or ": ".join(filter(None, (kernel.in_words(ended.code), said)))
        return StageResult(False, f"{why} (log: {self.log})")
