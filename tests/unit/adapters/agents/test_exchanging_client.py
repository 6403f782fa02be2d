"""The client of a run that is recorded or replayed: same replies, same failures, and nothing sent in a replay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from goldfinch.adapters.agents.exchanging_client import ExchangingClient, client_for
from goldfinch.adapters.agents.http_client import HttpClient, Reply
from goldfinch.adapters.cassettes.recording import Recording
from goldfinch.adapters.cassettes.replaying import Replaying
from goldfinch.core.output import FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import Matching, Scrubber
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.exchanges import Exchanges

SCRUBBER = Scrubber(Redactor())
Handler = Callable[[web.Request], Any]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[URL]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield URL(f"http://127.0.0.1:{runner.addresses[0][1]}/v1/ask")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client(exchanges: Exchanges) -> AsyncIterator[ExchangingClient]:
    opened = ExchangingClient(exchanges, name="agent", allow_private=True, redact=Redactor())
    opened.open()
    try:
        yield opened
    finally:
        await opened.close()


async def send(exchanges: Exchanges, url: URL, body: bytes = b'{"q":1}') -> Reply:
    async with client(exchanges) as opened:
        return await opened.send("POST", url, headers={"Content-Type": "application/json"}, body=body)


async def stream(exchanges: Exchanges, url: URL) -> list[bytes]:
    async with client(exchanges) as opened, opened.stream("POST", url, headers={}, body=b"{}") as reply:
        return [chunk async for chunk in opened.chunks(reply)]


@asynccontextmanager
async def recording(folder: Path, handler: Handler) -> AsyncIterator[tuple[Recording, URL]]:
    async with served(handler) as url:
        with closing(Recording(folder, SCRUBBER, lambda: "run-1")) as kept:
            yield kept, url


def replaying(folder: Path) -> Any:
    return closing(Replaying(folder, SCRUBBER, Matching()))


async def test_a_reply_is_given_again_without_its_server(tmp_path: Path) -> None:
    async def teapot(request: web.Request) -> web.Response:
        return web.json_response({"said": await request.json()}, status=418, headers={"X-Other": "gone"})

    async with recording(tmp_path, teapot) as (kept, url):
        first = await send(kept, url)
    with replaying(tmp_path) as replay:
        again = await send(replay, url)
    assert (again.status, again.body) == (first.status, first.body) == (418, b'{"said": {"q": 1}}')
    assert dict(again.headers) == {"content-type": "application/json; charset=utf-8"}


async def test_a_stream_is_given_again_in_its_pieces(tmp_path: Path) -> None:
    async def pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await response.write(f"data: {number}\n\n".encode())
        return response

    async with recording(tmp_path, pieces) as (kept, url):
        first = await stream(kept, url)
    with replaying(tmp_path) as replay:
        again = await stream(replay, url)
    assert b"".join(again) == b"".join(first)
    assert again == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]


async def test_a_reply_that_breaks_off_fails_alike_both_times(tmp_path: Path) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    failures = []
    async with recording(tmp_path, half) as (kept, url):
        with pytest.raises(AnswerFailed) as caught:
            await send(kept, url)
        failures.append(caught.value.failure.kind)
    with replaying(tmp_path) as replay:
        with pytest.raises(AnswerFailed) as caught:
            await send(replay, url)
        failures.append(caught.value.failure.kind)
    assert failures == [FailureKind.INVALID_OUTPUT] * 2


async def test_a_miss_is_missing_evidence_and_nothing_is_sent(tmp_path: Path) -> None:
    seen: list[str] = []

    async def counting(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(text="x")

    async with recording(tmp_path, counting) as (kept, url):
        await send(kept, url)
        with replaying(tmp_path) as replay, pytest.raises(AnswerFailed) as caught:
            await send(replay, url, b'{"q":2}')
    assert caught.value.failure.kind is FailureKind.NOT_RECORDED
    assert caught.value.failure.kind.is_missing
    assert "q: recorded 1, asked 2" in caught.value.failure.message
    assert seen == ["/v1/ask"]


async def test_no_name_is_looked_up_in_a_replay(tmp_path: Path) -> None:
    with closing(Recording(tmp_path, SCRUBBER, lambda: "run-1")) as kept:
        asked = kept.asked("POST", "https://model.invalid/v1/ask", {}, b'{"q":1}')
        kept.keep(asked, 200, (), [b"said"], ended=True)
    with replaying(tmp_path) as replay:
        assert (await send(replay, URL("https://model.invalid/v1/ask"))).body == b"said"


def test_a_run_that_is_neither_recorded_nor_replayed_has_the_plain_client() -> None:
    assert type(client_for(None, name="agent", allow_private=True, redact=Redactor())) is HttpClient
