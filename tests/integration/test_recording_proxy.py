"""The recording proxy between the real openai SDK and the stub server: sync, async, streamed, from a process; then without the server."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from aiohttp import web

from goldfinch.adapters.cassettes.environment import leading_to
from goldfinch.adapters.cassettes.format import FILE
from goldfinch.adapters.cassettes.proxy import RecordingProxy
from goldfinch.adapters.cassettes.recording import Recording
from goldfinch.adapters.cassettes.replaying import Replaying
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import Matching, Scrubber
from goldfinch.ports.exchanges import Exchanges
from goldfinch.testing.openai_stub import Answered, OpenAIStub, rate_limited

KEY = "sk-proj-Zq81hVn3kfT0wLs9bXd2"
ROUTE = "OPENAI_BASE_URL"
SCRUBBER = Scrubber(Redactor([KEY]))
NOWHERE = "http://127.0.0.1:1/v1"


@contextmanager
def proxied(exchanges: Exchanges, upstream: str) -> Iterator[RecordingProxy]:
    proxy = RecordingProxy({ROUTE: upstream}, exchanges)
    proxy.start()
    try:
        with leading_to({ROUTE: proxy.address_of(ROUTE)}, ["OPENAI_API_KEY"]):
            yield proxy
    finally:
        proxy.stop()


@asynccontextmanager
async def recorded(folder: Path, script: Callable[[dict[str, Any], int], Answered | str] | None = None) -> AsyncIterator[OpenAIStub]:
    async with OpenAIStub(script).serve() as stub:
        with closing(Recording(folder, SCRUBBER, lambda: "run-1")) as recording, proxied(recording, stub.base_url):
            yield stub


@contextmanager
def replayed(folder: Path) -> Iterator[Replaying]:
    with closing(Replaying(folder, SCRUBBER, Matching())) as replaying, proxied(replaying, NOWHERE):
        yield replaying


def messages(text: str = "hi there, how are you?") -> Any:
    return [{"role": "user", "content": text}]


def ask(text: str = "hi there, how are you?") -> str:
    with openai.OpenAI(max_retries=2) as client:
        return client.chat.completions.create(model="m", messages=messages(text)).choices[0].message.content or ""


def stream() -> list[str]:
    with openai.OpenAI() as client:
        return [c.choices[0].delta.content or "" for c in client.chat.completions.create(model="m", messages=messages(), stream=True)]


async def ask_async() -> str:
    async with openai.AsyncOpenAI() as client:
        return (await client.responses.create(model="m", input="what now")).output_text


async def stream_async() -> list[str]:
    async with openai.AsyncOpenAI() as client:
        pieces = await client.chat.completions.create(model="m", messages=messages("and now?"), stream=True)
        return [piece.choices[0].delta.content or "" async for piece in pieces]


async def everything() -> list[Any]:
    return [await asyncio.to_thread(ask), await asyncio.to_thread(stream), await ask_async(), await stream_async()]


async def test_the_openai_sdk_gets_the_same_from_a_recording_without_key_server_or_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with recorded(tmp_path) as stub:
        first = await everything()
        assert stub.requests == 4
        assert {headers["Authorization"] for headers in stub.seen_headers} == {f"Bearer {KEY}"}
    monkeypatch.delenv("OPENAI_API_KEY")
    with replayed(tmp_path) as replaying:
        assert await everything() == first
        assert (replaying.replayed, replaying.misses) == (4, 0)
    assert "hi th" in first[1]
    assert "OPENAI_API_KEY" not in os.environ
    assert KEY not in (tmp_path / FILE).read_text()


async def test_a_stream_keeps_the_pieces_in_which_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with recorded(tmp_path):
        await asyncio.to_thread(stream)
    (line,) = (tmp_path / FILE).read_text().splitlines()
    assert len(json.loads(line)["reply"]["body"]) > 1


async def test_a_program_in_a_process_of_its_own_is_recorded_and_replayed(tmp_path: Path) -> None:
    program = tmp_path / "agent.py"
    program.write_text(
        "import openai, sys\n"
        "client = openai.OpenAI()\n"
        "print(client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': sys.argv[1]}]).choices[0].message.content)\n"
    )

    async def run() -> str:
        command = [sys.executable, str(program), "from a process"]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async with recorded(tmp_path) as stub:
        first = await run()
    assert stub.requests == 1
    with replayed(tmp_path) as replaying:
        assert await run() == first == "from a process\n"
        assert replaying.replayed == 1


async def test_a_refusal_is_recorded_and_the_sdk_tries_again_in_the_replay_too(tmp_path: Path) -> None:
    async with recorded(tmp_path, lambda request, number: rate_limited("0.01") if number == 0 else "at last") as stub:
        assert await asyncio.to_thread(ask) == "at last"
    assert stub.requests == 2
    with replayed(tmp_path) as replaying:
        assert await asyncio.to_thread(ask) == "at last"
        assert replaying.replayed == 2


async def test_equal_requests_get_their_replies_in_order(tmp_path: Path) -> None:
    async with recorded(tmp_path, lambda request, number: f"answer {number}"):
        assert [await asyncio.to_thread(ask) for _ in range(3)] == ["answer 0", "answer 1", "answer 2"]
    with replayed(tmp_path):
        assert [await asyncio.to_thread(ask) for _ in range(3)] == ["answer 0", "answer 1", "answer 2"]


async def test_a_miss_is_told_to_the_sdk_at_once_and_is_not_asked_again(tmp_path: Path) -> None:
    async with recorded(tmp_path):
        await asyncio.to_thread(ask, "recorded")
    with replayed(tmp_path) as replaying, pytest.raises(openai.NotFoundError, match=r"asked 'not recorded'.*in place of") as caught:
        await asyncio.to_thread(ask, "not recorded")
    assert replaying.misses == 1
    assert caught.value.code == "replay_miss"


async def test_a_broken_reply_is_broken_in_the_replay_too(tmp_path: Path) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'data: {"choices":[{"delta":{"content":"half"}}]}\n\n')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with served(half) as upstream, recording(tmp_path) as kept:
        with proxied(kept, upstream), pytest.raises((openai.APIError, Exception), match=r"(?i)peer|incomplete|connection|protocol"):
            await asyncio.to_thread(stream)
    assert '"ended":false' in (tmp_path / FILE).read_text()
    with replayed(tmp_path), pytest.raises((openai.APIError, Exception), match=r"(?i)peer|incomplete|connection|protocol"):
        await asyncio.to_thread(stream)


@asynccontextmanager
async def recording(folder: Path) -> AsyncIterator[Recording]:
    with closing(Recording(folder, SCRUBBER, lambda: "run-1")) as kept:
        yield kept


@asynccontextmanager
async def served(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_server_that_is_not_there_is_a_connection_error_and_leaves_no_exchange(tmp_path: Path) -> None:
    async with recording(tmp_path) as kept:
        with proxied(kept, NOWHERE), openai.OpenAI(max_retries=0) as client, pytest.raises(openai.APIConnectionError):
            await asyncio.to_thread(client.chat.completions.create, model="m", messages=messages())
        assert kept.kept == 0


async def test_paths_queries_and_bodies_pass_unchanged_both_ways(tmp_path: Path) -> None:
    seen: list[Any] = []
    body = gzip.compress(b"body")

    async def echo(request: web.Request) -> web.Response:
        seen.append((request.method, request.raw_path, await request.read(), request.headers.get("X-Own")))
        return web.Response(body=b"\x00\xff", status=201, headers={"X-Theirs": "yes", "Set-Cookie": "a=b"})

    async with served(echo) as upstream, recording(tmp_path) as kept, aiohttp.ClientSession() as session:
        with proxied(kept, f"{upstream}/base/") as proxy:
            address = f"{proxy.address_of(ROUTE)}/a%2Fb/c?x=1%202&y="
            async with session.put(yarl(address), data=body, headers={"X-Own": "1"}) as reply:
                assert (reply.status, await reply.read(), reply.headers["X-Theirs"]) == (201, b"\x00\xff", "yes")
    assert seen == [("PUT", "/base/a%2Fb/c?x=1%202&y=", body, "1")]
    assert "Set-Cookie" not in (tmp_path / FILE).read_text()


def yarl(address: str) -> Any:
    from yarl import URL

    return URL(address, encoded=True)


async def test_a_compressed_reply_is_recorded_readable(tmp_path: Path) -> None:
    async def compressed(request: web.Request) -> web.Response:
        response = web.json_response({"said": "something that is readable"})
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with served(compressed) as upstream, recording(tmp_path) as kept, aiohttp.ClientSession() as session:
        with proxied(kept, upstream) as proxy:
            async with session.get(f"{proxy.address_of(ROUTE)}/x") as reply:
                assert await reply.json() == {"said": "something that is readable"}
    assert "something that is readable" in (tmp_path / FILE).read_text()


async def test_only_who_knows_the_address_gets_through_and_only_to_the_upstream(tmp_path: Path) -> None:
    async with recording(tmp_path) as kept, aiohttp.ClientSession() as session:
        with proxied(kept, NOWHERE) as proxy:
            base = proxy.address_of(ROUTE)
            for address in (base.replace(ROUTE, "OTHER"), base[: -len(ROUTE)], f"http://127.0.0.1:{proxy._port}/guess/{ROUTE}/x"):
                async with session.get(address) as reply:
                    assert reply.status == 404
            async with session.get(f"{base}/ws", headers={"Upgrade": "websocket", "Connection": "Upgrade"}) as reply:
                assert reply.status == 501
        assert kept.kept == 0


def test_the_proxy_listens_on_loopback_only() -> None:
    class Nothing:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    proxy = RecordingProxy({ROUTE: NOWHERE}, Nothing())
    proxy.start()
    try:
        with socket.socket() as other:
            other.settimeout(5)
            other.connect(("127.0.0.1", proxy._port))
        assert proxy.address_of(ROUTE).startswith("http://127.0.0.1:")
    finally:
        proxy.stop()
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.1", proxy._port))


async def test_replies_without_a_body_one_after_the_other_pass_through(tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=204) if request.method == "DELETE" else web.Response(text="there")

    async with served(handler) as upstream, recording(tmp_path) as exchanges:
        with proxied(exchanges, upstream) as proxy:
            async with aiohttp.ClientSession() as session:
                for method, status in (("DELETE", 204), ("DELETE", 204), ("HEAD", 200), ("GET", 200)):
                    async with session.request(method, yarl(f"{proxy.address_of(ROUTE)}/x")) as reply:
                        assert reply.status == status
    assert exchanges.kept == 4


async def test_what_can_never_be_recorded_is_a_miss_in_a_replay(tmp_path: Path) -> None:
    async with recorded(tmp_path):
        await asyncio.to_thread(ask)
    with replayed(tmp_path) as replaying:
        address = yarl(f"{os.environ[ROUTE]}/realtime")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(address)
            async with session.post(address, data=b"no gzip", headers={"Content-Encoding": "gzip"}) as reply:
                assert reply.status == 404
        assert replaying.misses == 2
        assert "UNREADABLE POST ${OPENAI_BASE_URL}/realtime" in replaying.last_miss


async def test_headers_that_are_no_text_are_recorded_without_a_defect(tmp_path: Path) -> None:
    async with served(answered) as upstream, recording(tmp_path) as exchanges:
        with proxied(exchanges, upstream) as proxy:
            address = yarl(f"{proxy.address_of(ROUTE)}/x")
            lines = [f"POST {address.path} HTTP/1.1", "Host: x", "Connection: close", "Content-Length: 2"]
            head = "\r\n".join(lines).encode() + b"\r\nContent-Type: multipart/form-data; boundary=\xff\xfe\r\nAccept: \xff\r\n\r\n{}"
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            writer.write(head)
            assert b" 200 OK" in await reader.read()
            writer.close()
    with closing(Replaying(tmp_path, SCRUBBER, Matching())):
        assert exchanges.kept == 1


async def answered(request: web.Request) -> web.Response:
    return web.Response(text=f"{len(await request.read())}")


async def test_logins_of_this_machine_are_not_sent_to_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login me password my-corporate-login\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(text="ok")

    async with served(handler) as upstream, recording(tmp_path / "cassette") as exchanges:
        with proxied(exchanges, upstream) as proxy:
            async with aiohttp.ClientSession() as session:
                for headers in ({}, {"Authorization": "Bearer mine"}):
                    async with session.get(yarl(f"{proxy.address_of(ROUTE)}/x"), headers=headers) as reply:
                        assert reply.status == 200
    assert seen == [None, "Bearer mine"]


async def test_the_networks_own_proxy_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.raw_path, request.headers.get("Proxy-Authorization")))
        return web.Response(text="ok")

    async with served(handler) as network_proxy, recording(tmp_path / "cassette") as exchanges:
        monkeypatch.setenv("http_proxy", network_proxy.replace("http://", "http://me:pw@"))
        with proxied(exchanges, "http://models.example/v1") as proxy:
            async with aiohttp.ClientSession() as session, session.get(yarl(f"{proxy.address_of(ROUTE)}/x")) as reply:
                assert reply.status == 200
    assert seen == [("http://models.example/v1/x", "Basic bWU6cHc=")]
