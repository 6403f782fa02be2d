"""Speaks ASGI to an application in this process: whole answers, streams read piece by piece, clients that go away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

JSON_TYPE = {"content-type": "application/json"}


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def json(self) -> Any:
        return json.loads(self.body)

    def events(self) -> list[tuple[str, Any]]:
        """The complete server-sent events so far, comments left out."""
        blocks = [block.split("\n") for block in self.body.decode().split("\n\n") if block and not block.startswith(":")]
        return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in blocks]


class Exchange:
    """One request. `gone` lets the client go away; `arrived` wakes with each message of the answer."""

    def __init__(self, app: FastAPI, method: str, path: str, headers: Mapping[str, str], parts: list[bytes]) -> None:
        self.answer = Answer()
        self.gone = asyncio.Event()
        self.arrived = asyncio.Condition()
        self._parts = parts
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self.done = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def until(self, event: str) -> None:
        """Wait until the stream told this event."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: any(name == event for name, _ in self.answer.events()))

    async def _receive(self) -> dict[str, Any]:
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        async with self.arrived:
            if message["type"] == "http.response.start":
                self.answer.status = message["status"]
                self.answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                self.answer.parts.append(message.get("body", b""))
            self.arrived.notify_all()


class Client:
    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def start(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, parts: list[bytes] | None = None
    ) -> Exchange:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return Exchange(self.app, method, path, {**JSON_TYPE, **(headers or {})}, parts or [raw])

    async def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        exchange = self.start(method, path, body, headers)
        await exchange.done
        return exchange.answer

    async def task(self, description: str, headers: Mapping[str, str] | None = None, **body: Any) -> Answer:
        return await self.ask("POST", "/v1/tasks", {"description": description, **body}, headers)


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[Client]:
    async with app.router.lifespan_context(app):
        yield Client(app)
