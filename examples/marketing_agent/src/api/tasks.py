"""`POST /v1/tasks`: a task in, an answer out, whole or as a stream of events."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from src.api.answers import answer_of, encoded
from src.api.bodies import SESSION_HEADER, TaskBody, checked_session, read_body
from src.api.problems import Problem, client_gone
from src.api.service import Service
from src.api.streaming import EventStream, Progress, events
from src.domain import Result, Task

router = APIRouter()
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": TaskBody.model_json_schema()}}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, whole or as events", "content": {"application/json": {}, "text/event-stream": {}}},
    "default": {"description": "What went wrong (RFC 9457)", "content": {"application/problem+json": {}}},
}


@router.post("/v1/tasks", summary="Give the agent a task", openapi_extra=_BODY, responses=_ANSWERS, response_class=Response)
async def post_task(request: Request) -> Response:
    service: Service = request.app.state.service
    body = await read_body(request, service.settings)
    session_id = checked_session(request.headers.get(SESSION_HEADER), body.session_id) or uuid.uuid4().hex
    task = body.task(session_id)
    if body.stream or _wants_events(request):
        return await _streamed(service, request, task)
    return await _whole(service, request, task)


def _wants_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def _whole(service: Service, request: Request, task: Task) -> Response:
    work = service.begin(task, request.headers, request.scope["notes"])
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise client_gone()
        result = await _outcome(service, work)
    finally:
        work.cancel()
        gone.cancel()
    return Response(encoded(answer_of(task, result)), media_type="application/json", headers=_headers(task))


async def _streamed(service: Service, request: Request, task: Task) -> Response:
    """What goes wrong before the first step is answered with its own status, as without a stream."""
    progress = Progress(service.problems)
    work = service.begin(task, request.headers, request.scope["notes"], progress.observe)
    work.add_done_callback(progress.ended)
    try:
        first = await progress.next()
        if isinstance(first, Problem):
            raise first
    except BaseException:
        work.cancel()
        raise
    return EventStream(events(task, first, progress, service.settings.heartbeat_s), work, _headers(task))


async def _outcome(service: Service, work: asyncio.Task[Result]) -> Result:
    try:
        return await work
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - each becomes a problem
        raise service.problems.of(error) from None


async def _gone(request: Request) -> None:
    """Wait until the client goes away."""
    message: dict[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = dict(await request.receive())


def _headers(task: Task) -> dict[str, str]:
    return {SESSION_HEADER: task.session_id or ""}
