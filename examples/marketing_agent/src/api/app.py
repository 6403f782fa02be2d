"""The application: everything put together, for `uvicorn --factory src.api.app:create_app` and for `python -m src.api`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from src.api import health, sessions, tasks
from src.api.agent import DEFAULT_AGENT, Agent, agent_from
from src.api.problems import Problem
from src.api.readiness import Readiness
from src.api.service import Service
from src.api.settings import ServiceSettings
from src.api.watching import Watched
from src.config import Config
from src.release import release_id
from src.telemetry.export import tracing_of
from src.telemetry.logs import Logs
from src.telemetry.redaction import Redactor
from src.telemetry.tracing import Tracing
from src.telemetry.version import service_version


def create_app(
    config: Config | None = None,
    agent: Agent | None = None,
    *,
    settings: ServiceSettings | None = None,
    agent_name: str = DEFAULT_AGENT,
    tracing: Tracing | None = None,
    logs: Logs | None = None,
) -> FastAPI:
    """An application with one agent: `agent`, or what `agent_name` makes of `config` (default: read from MARKETING_AGENT_*).

    The agent is made on its own thread after the start; while it cannot be made, readiness says why.
    """
    config = config or Config()
    release = release_id(config)
    config = config.model_copy(update={"release_id": release})
    redact = _redactor(config)
    service = Service(
        config,
        settings or ServiceSettings(),
        lambda: agent if agent is not None else agent_from(agent_name)(config),
        release_id=release,
        tracing=tracing or tracing_of(release, os.environ, redact),
        logs=logs or Logs(release, redact),
        redact=redact,
    )
    app = FastAPI(
        title="Marketing agent",
        version=service_version(),
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the framework's own records messages of exceptions; ours does not
    )
    app.state.service = service
    app.add_middleware(Watched, service=service)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_exception)
    for module in (tasks, sessions, health):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.agents.start()
    app.state.readiness = Readiness(service.config, service.agents, service.redact)
    yield
    await service.close()


def _redactor(config: Config) -> Redactor:
    """Knows the keys of the environment; passwords within the addresses of stores are found by their shape."""
    return Redactor.of_environment(
        {**os.environ, "DATABASE_CREDENTIALS": config.database_url or "", "REDIS_CREDENTIALS": config.redis_url or ""}
    )


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return error.response()


async def _http_exception(request: Request, error: Exception) -> Response:
    """Paths and methods that do not exist."""
    if not isinstance(error, HTTPException):
        raise error
    detail = f"there is no {request.method} {request.url.path[:100]}"
    return Problem(error.status_code, "no-such-route", error.detail, detail, dict(error.headers or {})).response()
