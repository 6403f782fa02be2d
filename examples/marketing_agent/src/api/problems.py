"""Errors as problem details (RFC 9457): one clear line, no stack trace, no secret."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic_core import to_json
from starlette.responses import Response

from src.api.agent_thread import AgentUnavailable
from src.domain import ReasoningError
from src.telemetry.logs import Logs
from src.telemetry.redaction import Redactor

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:marketing-agent:problem:"


@dataclass(eq=False)
class Problem(Exception):
    """What a client is told. `kind` ends the problem's `type`; docs/service.md lists them all."""

    status: int
    kind: str
    title: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail

    def body(self) -> dict[str, Any]:
        return {"type": TYPE_PREFIX + self.kind, "title": self.title, "status": self.status, "detail": self.detail, **self.members}

    def response(self) -> Response:
        return Response(to_json(self.body()), self.status, dict(self.headers), MEDIA_TYPE)


class TaskTimeout(Exception):
    """The task took longer than the service allows. A class of its own: a `TimeoutError` may come from anywhere within the agent."""


def stopping() -> Problem:
    return Problem(503, "stopping", "The service is stopping", "this instance is about to end: ask again", {"Retry-After": "1"})


def too_many(limit: int) -> Problem:
    detail = f"{limit} tasks are at work, the most that this instance takes: ask again later"
    return Problem(429, "too-many-tasks", "Too many tasks at a time", detail, {"Retry-After": "1"})


def no_session(session_id: str) -> Problem:
    return Problem(404, "unknown-session", "Unknown session", f"there is no session {session_id}")


def client_gone() -> Problem:
    """Nobody reads it; the log and the metrics count it (nginx's 499)."""
    return Problem(499, "client-gone", "The client is gone", "the client closed the connection before the answer")


class Foreign(NamedTuple):
    """An error of the agent's parts that a client can do something about; its message is made for people."""

    module: str
    name: str
    status: int
    kind: str
    title: str
    retry_after_s: int | None = None


FOREIGN = (
    Foreign("src.tools", "UnknownAccount", 404, "unknown-account", "Unknown account"),
    Foreign("src.tools", "DataError", 422, "invalid-data", "The data cannot be read"),
    Foreign("src.agents.spending", "LimitReached", 422, "limit-reached", "The task does not fit into its limits"),
    Foreign("src.memory", "MemoryUnavailable", 503, "memory-unavailable", "The memory is not available", 2),
    Foreign("src.memory", "EntryRefused", 409, "unreadable-session", "The session cannot be read"),
)
"""Found by name among what is loaded: a service of another agent has none of these parts. A test holds the names to what is there."""


class Problems:
    """Turns whatever a task may raise into a problem, and logs what is nobody's wish."""

    def __init__(self, redact: Redactor, logs: Logs, task_timeout_s: float) -> None:
        self._redact, self._logs, self._timeout_s = redact, logs, task_timeout_s

    def of(self, error: BaseException) -> Problem:
        if isinstance(error, Problem):
            return error
        if isinstance(error, TaskTimeout):
            detail = f"the task took longer than {self._timeout_s:g} s and was stopped"
            return Problem(504, "task-timeout", "The task took too long", detail)
        if isinstance(error, asyncio.CancelledError):
            return stopping()
        if isinstance(error, AgentUnavailable):
            return self._unavailable(error)
        foreign = next((each for each in FOREIGN if _is(error, each)), None)
        if foreign is not None:
            return self._known(foreign, error)
        if isinstance(error, ReasoningError):
            self._logs.failure("reasoning_failed", error)
            return Problem(502, "model-failed", "The model failed", self._redact.line(str(error) or "the model gave no usable answer"))
        return self._unexpected(error)

    def _unavailable(self, error: AgentUnavailable) -> Problem:
        self._logs.failure("agent_unavailable", error.__cause__ or error)
        detail = "the agent cannot start yet; /health/ready says what is missing"
        return Problem(503, "agent-unavailable", "The agent is not available", detail, {"Retry-After": "2"})

    def _known(self, foreign: Foreign, error: BaseException) -> Problem:
        if foreign.status >= 500:
            self._logs.failure(foreign.kind.replace("-", "_"), error)
        headers = {} if foreign.retry_after_s is None else {"Retry-After": str(foreign.retry_after_s)}
        return Problem(foreign.status, foreign.kind, foreign.title, self._redact.line(str(error), 1000), headers)

    def _unexpected(self, error: BaseException) -> Problem:
        error_id = uuid.uuid4().hex
        self._logs.failure("unexpected_error", error, error_id=error_id)
        detail = f"an unexpected error; it is in the log as {error_id}"
        return Problem(500, "unexpected", "Unexpected error", detail, members={"error_id": error_id})


def _is(error: BaseException, foreign: Foreign) -> bool:
    kind = getattr(sys.modules.get(foreign.module), foreign.name, None)
    return isinstance(kind, type) and isinstance(error, kind)
