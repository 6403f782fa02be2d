"""Around every request: the release in its header, its metrics, one log line, and no error without an answer."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from hashlib import sha256
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.bodies import SESSION_HEADER
from src.api.service import Service

RELEASE_HEADER = "x-release-id"
OTHER = "other"
"""The route of what has none: made-up paths must not make up series."""
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


class Watched:
    """ASGI middleware. `scope["notes"]` collects what the log line tells besides."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes: dict[str, Any] = {}
        scope["notes"] = notes
        seen = _Seen(self._service, send)
        started = perf_counter()
        try:
            await self._app(scope, receive, seen)
        except asyncio.CancelledError:
            seen.status = seen.status or 499
            raise
        except Exception as error:  # noqa: BLE001 - the last one to know what to answer
            await self._answer(error, seen, scope, receive)
        finally:
            self._tell(scope, seen, perf_counter() - started, notes)

    async def _answer(self, error: Exception, seen: _Seen, scope: Scope, receive: Receive) -> None:
        problem = self._service.problems.of(error)
        if seen.status == 0:
            await problem.response()(scope, receive, seen)

    def _tell(self, scope: Scope, seen: _Seen, seconds: float, notes: MutableMapping[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", OTHER)
        self._service.metrics.request_ended(route, seen.status, seconds)
        if route in _QUIET and seen.status < 400:
            return
        fields = {name: value for name, value in notes.items() if value is not None}
        if seen.session is not None:
            fields["session"] = sha256(seen.session.encode()).hexdigest()[:12]
        self._service.logs.info(
            "request", method=scope["method"], route=route, status=seen.status, duration_ms=round(seconds * 1000, 1), **fields
        )


class _Seen:
    """Passes messages on, with the service's headers added to the first."""

    def __init__(self, service: Service, send: Send) -> None:
        self._service, self._send = service, send
        self.status = 0
        self.session: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[RELEASE_HEADER] = self._service.release_id
            headers["x-content-type-options"] = "nosniff"
            if self._service.is_draining:
                headers["connection"] = "close"
            self.session = Headers(raw=message["headers"]).get(SESSION_HEADER)
        await self._send(message)
