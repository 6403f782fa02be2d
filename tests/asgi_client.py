"""Asks an ASGI application without a socket, and can misbehave as a client on a socket can."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def scope_of(method: str, path: str, headers: Mapping[str, str] | list[tuple[str, str]], client: str = "127.0.0.1") -> dict[str, Any]:
    bare, _, query = path.partition("?")
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": bare,
        "raw_path": bare.encode(), "query_string": query.encode(), "root_path": "", "client": (client, 5), "server": ("127.0.0.1", 4318),
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in pairs],
    }  # fmt: skip


async def ask(
    app: Any, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None, client: str = "127.0.0.1",
    document: Any = None, host: str = "127.0.0.1:4318",
) -> Answer:  # fmt: skip
    """The whole answer."""
    sent = {"host": host, **(headers or {})}
    if document is not None:
        body, sent = json.dumps(document).encode(), {"content-type": "application/json", **sent}
    messages = [{"type": "http.request", "body": body or b"", "more_body": False}]
    answer = Answer()

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    await app(scope_of(method, path, sent, client), receive, lambda message: _take(answer, message))
    return answer


async def _take(answer: Answer, message: dict[str, Any]) -> None:
    if message["type"] == "http.response.start":
        answer.status = message["status"]
        answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
    else:
        answer.body += message.get("body", b"")


@dataclass
class Stream:
    """An answer that does not end."""

    answer: Answer
    pieces: asyncio.Queue[str]
    reading: asyncio.Event
    """Cleared: the client takes nothing."""
    gone: asyncio.Event

    async def event(self) -> dict[str, str]:
        """The next message that is no comment."""
        while True:
            async with asyncio.timeout(20):
                piece = await self.pieces.get()
            found = dict(line.split(": ", 1) for line in piece.strip().split("\n") if line and not line.startswith(":"))
            if "event" in found:
                return found


@asynccontextmanager
async def streamed(app: Any, path: str, headers: Mapping[str, str]) -> AsyncIterator[Stream]:
    """Ends with the client going away."""
    stream = Stream(Answer(), asyncio.Queue(), asyncio.Event(), asyncio.Event())
    stream.reading.set()
    first = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if first:
            return first.pop()
        await stream.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await stream.reading.wait()
        if message["type"] == "http.response.start":
            await _take(stream.answer, message)
        elif message.get("body"):
            stream.pieces.put_nowait(message["body"].decode())

    task = asyncio.create_task(app(scope_of("GET", path, {"host": "127.0.0.1:4318", **headers}), receive, send))
    try:
        yield stream
    finally:
        stream.gone.set()
        stream.reading.set()
        await asyncio.wait_for(task, 20)
