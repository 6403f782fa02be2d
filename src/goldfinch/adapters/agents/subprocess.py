"""A program as agent: one JSON request a line on stdin, one JSON reply a line on stdout."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import FailureKind, Output
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.prices import Prices
from goldfinch.settings import SubprocessAgent

from .environment import expand, secrets_in
from .failures import answer_failed
from .line_process import LineProcess, LineTooLong, ProcessEnded
from .outputs import OutputInvalid, decode_json, priced, read_output

MAX_CRASHES_ON_START = 3


class ProgramAgent:
    """Keeps `processes` copies of a program running; each has one request in flight.

    Request: `{"id", "case_id", "trial", "seed", "input", "context"}`. Reply: whatever a Python agent may return, as JSON, or
    `{"error": "…"}`; an object may repeat the `id`, which is then checked. After anything that leaves the conversation out of
    step (garbage, a wrong id, a cancelled call) the process is replaced, so that no answer lands at another case.
    """

    def __init__(
        self,
        settings: SubprocessAgent,
        *,
        base_dir: Path,
        prices: Prices,
        environment: Mapping[str, str],
        redact: Redactor | None = None,
    ) -> None:
        self._command = tuple(settings.command)
        self._cwd = base_dir / settings.cwd if settings.cwd else base_dir
        own = {name: expand(text, environment, where=f"agent.env.{name}") for name, text in settings.env.items()}
        self._environment = {**environment, **own}
        self._redact = redact or Redactor([secret for text in settings.env.values() for secret in secrets_in(text, environment)])
        self._name = self._redact.line(" ".join(("subprocess:" + self._command[0], *self._command[1:])), 80)
        self._version = _version(self._command, settings.env, self._cwd)
        self._prices = prices
        self._size = settings.processes
        self._free: asyncio.LifoQueue[LineProcess | None] = asyncio.LifoQueue()
        self._running: set[LineProcess] = set()
        self._crashes_on_start = 0
        self._has_answered = False

    def __repr__(self) -> str:
        return f"ProgramAgent({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """A hash of the command, of the files that it names, and of the environment's templates (not the values of `${NAME}`)."""
        return self._version

    @property
    def limit_key(self) -> str:
        return self._name

    @property
    def timeout_kind(self) -> FailureKind:
        return FailureKind.TIMEOUT

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        """Unknown: what the program pays for is its own affair."""
        return None

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        identity = f"{case.id}#{trial}"
        request = {"id": identity, "case_id": case.id, "trial": trial, "seed": seed, "input": case.input, "context": case.context}
        line = await self._ask(msgspec.json.encode(request), identity)
        return priced(line, self._prices)

    async def __aenter__(self) -> Self:
        for _ in range(self._size):
            self._free.put_nowait(None)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await asyncio.gather(*(process.stop() for process in tuple(self._running)))
        self._running.clear()
        self._free = asyncio.LifoQueue()

    async def _ask(self, request: bytes, identity: str) -> Output:
        process = await self._free.get()
        keep = False
        try:
            process = await self._ready(process)
            answer = await self._answer_of(process, request)
            output = _read(answer, identity)
            keep = True
            return output
        except _AgentSaidError as error:
            keep = True
            raise answer_failed(FailureKind.EXCEPTION, self._redact.line(str(error) or "the agent reported an error")) from None
        except (OutputInvalid, LineTooLong) as error:
            raise self._garbage(error, process) from None
        finally:
            await self._give_back(process, keep)

    async def _answer_of(self, process: LineProcess, request: bytes) -> bytes:
        try:
            answer = await process.ask(request)
        except ProcessEnded as error:
            raise self._crashed(error, process) from None
        self._has_answered = True
        return answer

    async def _ready(self, process: LineProcess | None) -> LineProcess:
        """Return a process that waits for a request: `process`, or a new one in its place."""
        if process is not None and not process.said_unasked:
            return process
        if process is not None:
            await self._remove(process)
        try:
            started = await LineProcess.start(self._command, cwd=str(self._cwd), env=self._environment)
        except OSError as error:
            detail = self._redact.line(str(error))
            raise AgentUnusable(
                f"the program cannot be started: {detail}", where=self._name, hint="check agent.command", code="E1350"
            ) from None
        self._running.add(started)
        return started

    async def _give_back(self, process: LineProcess | None, keep: bool) -> None:
        """Free the place. A process that is out of step is killed first; that must not be lost when this call is cancelled."""
        if process is None or keep or process not in self._running:
            self._free.put_nowait(process if keep else None)
            return
        process.kill_now()
        self._free.put_nowait(None)
        await self._remove(process)

    async def _remove(self, process: LineProcess) -> None:
        await process.kill()
        self._running.discard(process)

    def _crashed(self, error: ProcessEnded, process: LineProcess) -> AnswerFailed | AgentUnusable:
        said = process.last_stderr()
        shown = self._redact.line(f"the program ended without an answer ({error.how})" + (f": {said}" if said else ""))
        if not self._has_answered:
            self._crashes_on_start += 1
            if self._crashes_on_start >= MAX_CRASHES_ON_START:
                times = f"ended {self._crashes_on_start} times without ever answering"
                return AgentUnusable(f"{times}; {shown}", where=self._name, hint="run the command by hand", code="E1351")
        return answer_failed(FailureKind.CRASHED, shown)

    def _garbage(self, error: Exception, process: LineProcess | None) -> AnswerFailed:
        said = process.last_stderr(1) if process is not None else ""
        shown = f"the reply is unusable: {error}" + (f"; stderr: {said}" if said else "")
        return answer_failed(FailureKind.INVALID_OUTPUT, self._redact.line(shown))


class _AgentSaidError(Exception):
    """The program answered `{"error": …}`."""


def _read(line: bytes, identity: str) -> Output:
    """Read one reply. Raises `OutputInvalid` and `_AgentSaidError`."""
    value: Any = decode_json(line)
    if isinstance(value, dict):
        echoed = value.pop("id", identity)
        if echoed != identity:
            raise OutputInvalid(f"the reply has the id {echoed!r:.60}, the request had {identity!r}")
        if "error" in value and value["error"] is not None and len(value) == 1:
            raise _AgentSaidError(str(value["error"]))
    return read_output(value)


def _version(command: Sequence[str], env: Mapping[str, str], cwd: Path) -> str:
    digest = sha256(json.dumps([list(command), dict(env)], sort_keys=True).encode("utf-8", "surrogateescape"))
    for part in command[1:]:
        path = cwd / part
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
