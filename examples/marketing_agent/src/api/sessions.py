"""`/v1/sessions/{id}`: what the agent remembers of a session, and forgetting it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from src.api.agent import Agent, memory_of
from src.api.answers import encoded, session_of
from src.api.bodies import SESSION_HEADER, checked_session
from src.api.problems import no_session
from src.api.service import Service
from src.domain import Recollection

router = APIRouter()


@router.get("/v1/sessions/{session_id}", summary="What the agent remembers of a session", response_class=Response)
async def get_session(session_id: str, request: Request) -> Response:
    checked_session(session_id, None)

    async def recall(agent: Agent) -> Recollection:
        memory = memory_of(agent)
        return Recollection() if memory is None else await memory.recall(session_id)

    recollection = await _service(request).agents.call(recall)
    if not recollection.turns and not recollection.facts:
        raise no_session(session_id)
    return Response(encoded(session_of(session_id, recollection)), media_type="application/json", headers={SESSION_HEADER: session_id})


@router.delete("/v1/sessions/{session_id}", summary="Forget a session", status_code=204, response_class=Response)
async def delete_session(session_id: str, request: Request) -> Response:
    checked_session(session_id, None)

    async def forget(agent: Agent) -> bool:
        memory = memory_of(agent)
        return memory is not None and await memory.forget(session_id)

    if not await _service(request).agents.call(forget):
        raise no_session(session_id)
    return Response(status_code=204)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
