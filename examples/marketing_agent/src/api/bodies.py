"""What a client may send: read within limits, checked, and told by key path what is wrong with it."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, from_json
from starlette.requests import Request

from src.api.problems import Problem
from src.api.settings import ServiceSettings
from src.domain import Complexity, Task

SESSION_HEADER = "x-session-id"
SESSION_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
MAX_ERRORS_TOLD = 20
LARGE_BODY = 64 * 1024
"""Larger bodies are parsed beside the event loop."""
_SESSION_ID = re.compile(SESSION_ID)
_LARGEST = 2**63 - 1


class TaskBody(BaseModel):
    """The body of `POST /v1/tasks`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    description: Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"\S")]
    complexity: Complexity = "medium"
    context: dict[str, Any] = Field(default_factory=dict)
    session_id: Annotated[str, StringConstraints(pattern=SESSION_ID)] | None = None
    stream: bool = False

    def task(self, session_id: str) -> Task:
        return Task(self.description, self.complexity, self.context, session_id)


async def read_body(request: Request, settings: ServiceSettings) -> TaskBody:
    """Raises `Problem`: 408, 413, 415, 400 for what is no JSON, 422 for what is no task."""
    _check_type(request.headers)
    raw = await _raw(request, settings)
    if len(raw) > LARGE_BODY:
        return await asyncio.to_thread(parse, raw, settings.max_depth)
    return parse(raw, settings.max_depth)


def parse(raw: bytes, max_depth: int) -> TaskBody:
    """Turn JSON into a task's body. Raises `Problem`."""
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "not-json", "Not JSON", f"the body is not JSON: {error}") from None
    fault = fault_in(value, max_depth)
    if fault is not None:
        raise _unprocessable([fault])
    try:
        return TaskBody.model_validate(value)
    except ValidationError as error:
        raise _unprocessable([_told(each) for each in error.errors(include_url=False, include_input=False)]) from None


def checked_session(header: str | None, body: str | None) -> str | None:
    """The session that the client names, in the header or in the body. Raises `Problem` where it is malformed or they differ."""
    if header is None:
        return body
    if _SESSION_ID.match(header) is None:
        raise _unprocessable([(SESSION_HEADER, "must be 1 to 128 letters, digits, '.', '_', ':' or '-'")])
    if body is not None and body != header:
        raise _unprocessable([("session_id", f"differs from the header {SESSION_HEADER}")])
    return header


def fault_in(value: Any, max_depth: int) -> tuple[str, str] | None:
    """Key path and words for nesting beyond `max_depth` and for numbers that JSON readers do not agree on; None where all is well."""
    open_: list[tuple[Any, str, int]] = [(value, "", 1)] if _matters(value) else []
    while open_:
        found, path, depth = open_.pop()
        if isinstance(found, dict | list):
            if depth > max_depth:
                return _short(path), f"nested deeper than {max_depth} levels"
            items = found.items() if isinstance(found, dict) else enumerate(found)
            open_.extend((child, f"{path}.{key}" if path else str(key), depth + 1) for key, child in items if _matters(child))
        elif _is_out_of_range(found):
            return _short(path), "a number out of range"
    return None


def _matters(value: Any) -> bool:
    return isinstance(value, dict | list | float | int)


def _is_out_of_range(value: Any) -> bool:
    return not math.isfinite(value) if isinstance(value, float) else abs(value) > _LARGEST


async def _raw(request: Request, settings: ServiceSettings) -> bytes:
    limit = settings.max_body_bytes
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise Problem(408, "slow-body", "The body is too slow", f"the body took longer than {settings.body_timeout_s:g} s") from None
    return b"".join(parts)


def _check_type(headers: Mapping[str, str]) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise Problem(415, "not-json-type", "Unsupported media type", "send JSON, with the header Content-Type: application/json")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "encoded-body", "Unsupported content encoding", "send the body without Content-Encoding")


def _too_large(limit: int) -> Problem:
    detail = f"the body is larger than {limit} bytes: name an account of the data folder instead of sending it in line"
    return Problem(413, "body-too-large", "The body is too large", detail, {"Connection": "close"})


def _unprocessable(faults: list[tuple[str, str]]) -> Problem:
    path, message = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    errors = [{"path": where, "message": what} for where, what in faults[:MAX_ERRORS_TOLD]]
    return Problem(422, "invalid-task", "The body is not a task", f"{path}: {message}{more}", members={"errors": errors})


def _told(error: ErrorDetails) -> tuple[str, str]:
    return _short(".".join(map(str, error["loc"]))), error["msg"]


def _short(path: str) -> str:
    path = " ".join(path.split()) or "body"  # a key may hold line breaks, a problem is one line
    return path if len(path) <= 100 else path[:99] + "…"
