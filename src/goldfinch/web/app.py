"""The server's routes, put together: `make_app` is all that its users call."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.serving import codes
from goldfinch.core.serving.access import Role
from goldfinch.web.doors import Doors
from goldfinch.web.events import event_routes
from goldfinch.web.metrics import metric_routes
from goldfinch.web.page_routes import page_routes
from goldfinch.web.problems import Refused, defect, json_answer, problem
from goldfinch.web.rollouts import rollout_routes
from goldfinch.web.signing_in import SignIn
from goldfinch.web.tools import WebTools
from goldfinch.web.verdict import verdict_routes


def make_app(tools: WebTools) -> FastAPI:
    """The page, its API, and the routes of the OTLP receiver. No pages of documentation: they would load scripts from elsewhere."""
    quiet: dict[str, Any] = {"telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}}
    app = FastAPI(title="Goldfinch", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, **quiet)
    sign_in = SignIn(tools.tokens, tools.clock.monotonic_s)
    for router in (page_routes(), event_routes(tools, sign_in), rollout_routes(tools, sign_in), verdict_routes(tools, sign_in)):
        app.include_router(router)
    app.include_router(metric_routes(tools, sign_in))
    for router in tools.otlp:
        app.include_router(router)
    _add_signs_of_life(app, tools, sign_in)
    app.add_exception_handler(GoldfinchError, _refused)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_middleware(Doors, hosts=tools.hosts, log=tools.log)
    return app


def _add_signs_of_life(app: FastAPI, tools: WebTools, sign_in: SignIn) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        """The process answers."""
        return json_answer({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> Response:
        """The store answers too."""
        try:
            tools.store.unfinished_ids()
        except GoldfinchError:
            return json_answer({"status": "not ready", "reason": "the store does not answer"}, 503, {"retry-after": "2"})
        return json_answer({"status": "ready"})

    @app.get("/v1/me", dependencies=[Depends(sign_in.needs(Role.VIEWER))])
    def me(request: Request) -> Response:
        """What the token that was sent may do: the page shows a releaser the verbs."""
        return json_answer({"role": str(sign_in.role(request))})


async def _refused(request: Request, error: Exception) -> Response:
    del request
    return problem(error) if isinstance(error, GoldfinchError) else defect()


async def _not_here(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return defect()
    if error.status_code == 405:
        what = f"{request.method} is not for this path"
        allowed = (error.headers or {}).get("Allow", "")
        return problem(Refused(what, code=codes.NO_SUCH_PLACE, hint=f"allowed: {allowed}" if allowed else "", status=405))
    return problem(Refused("nothing is at this path", code=codes.NO_SUCH_PLACE, status=error.status_code))
