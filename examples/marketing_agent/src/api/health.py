"""`/health/live`, `/health/ready`, `/metrics`: for those who run the service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from src.api.answers import encoded
from src.api.readiness import Readiness
from src.api.service import Service

router = APIRouter()


@router.get("/health/live", summary="Whether the process works", response_class=Response)
async def live() -> Response:
    return _json({"status": "live"})


@router.get("/health/ready", summary="Whether this instance can take tasks", response_class=Response)
async def ready(request: Request) -> Response:
    """503 with reasons where it cannot: something that it needs is missing, or it is about to stop."""
    service: Service = request.app.state.service
    readiness: Readiness = request.app.state.readiness
    checks = dict(await readiness.checks())
    if service.is_draining:
        checks["service"] = "stopping"
    reasons = [f"{part}: {said}" for part, said in checks.items() if said != "ok"]
    status = "not ready" if reasons else "ready"
    return _json({"status": status, "release_id": service.release_id, "checks": checks, "reasons": reasons}, 503 if reasons else 200)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(service.metrics.page(), headers={"content-type": service.metrics.content_type})


def _json(value: object, status: int = 200) -> Response:
    return Response(encoded(value), status, media_type="application/json", headers={"Cache-Control": "no-store"})
