"""The receiver as an ASGI application; whole requests over sockets are in tests/integration/test_otlp_receiver.py."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from goldfinch.bootstrap.ingest import DECODERS
from goldfinch.web.otlp import OtlpReceiver, otlp_routes
from tests.received_spans import AGENT, TOOL, World, request, span


async def posted(receiver: OtlpReceiver, body: bytes) -> int:
    """The status of one request."""
    sent: list[MutableMapping[str, Any]] = []
    scope = {"type": "http", "method": "POST", "path": "/v1/traces", "headers": [(b"content-type", b"application/x-protobuf")]}

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await receiver(scope, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "its loop just ends"])
def test_what_is_held_when_the_server_stops_is_written(is_closed: bool) -> None:
    world = World()
    receiver = OtlpReceiver(world.intake, DECODERS, tell=world.tell)

    async def serve() -> None:
        root = span({**AGENT, "gen_ai.conversation.id": "s1"})
        assert await posted(receiver, request(span(TOOL, root, failed=True), root)) == 200
        await asyncio.sleep(0)  # the writer has begun
        if is_closed:
            await receiver.close()

    asyncio.run(serve())
    assert [(note.session, note.flags) for note in world.notes.notes] == [("s1", ("tool_error",))]
    assert world.intake.held == 0


def test_its_routes_are_those_of_otlp() -> None:
    world = World()
    routes = otlp_routes(OtlpReceiver(world.intake, DECODERS, tell=world.tell))
    assert [route.path for route in routes] == ["/v1/traces", "/v1/logs", "/v1/metrics"]
