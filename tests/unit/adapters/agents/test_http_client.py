from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from yarl import URL

from goldfinch.adapters.agents.http_client import HttpClient, checked_url
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.output import FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import AnswerFailed

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
ANNOUNCED_TOO_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"x" * 99
CHUNKED_TOO_LONG = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n63\r\n" + b"x" * 99 + b"\r\n"


@dataclass
class Server:
    """Sends the same bytes for every request."""

    says: bytes
    url: URL = field(default_factory=URL)
    connections: int = 0
    requests: int = 0
    closed: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                writer.write(self.says)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed += 1
            writer.close()


@asynccontextmanager
async def asking(says: bytes) -> AsyncIterator[tuple[HttpClient, Server]]:
    server = Server(says)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = URL(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")
    client = HttpClient(name="agent", allow_private=True, redact=Redactor(), max_reply_bytes=50)
    client.open()
    try:
        yield client, server
    finally:
        await client.close()
        listening.close()


@pytest.mark.parametrize("says", [WHOLE, CHUNKED], ids=["whole", "chunked"])
async def test_calls_one_after_the_other_share_a_connection(says: bytes) -> None:
    async with asking(says) as (client, server):
        replies = [await client.send("GET", server.url, headers={}, body=None) for _ in range(3)]
        assert [(reply.status, reply.body) for reply in replies] == [(200, b"hello")] * 3
        assert server.connections == 1


@pytest.mark.parametrize("says", [ANNOUNCED_TOO_LONG, CHUNKED_TOO_LONG], ids=["announced", "chunked"])
async def test_a_reply_past_the_cap_is_refused_and_its_connection_ended(says: bytes) -> None:
    async with asking(says) as (client, server):
        with pytest.raises(AnswerFailed, match="too long") as caught:
            await client.send("GET", server.url, headers={}, body=None)
        assert caught.value.failure.kind is FailureKind.INVALID_OUTPUT
        while not server.closed:
            await asyncio.sleep(0)
        server.says = WHOLE
        assert (await client.send("GET", server.url, headers={}, body=None)).body == b"hello"
        assert server.connections == 2


async def test_a_cancelled_call_ends_its_connection() -> None:
    async with asking(WHOLE[:-2]) as (client, server):
        call = asyncio.ensure_future(client.send("GET", server.url, headers={}, body=None))
        while not server.requests:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        while not server.closed:
            await asyncio.sleep(0)
        assert server.connections == 1


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example", "xn--"])
def test_a_host_that_no_resolver_takes_is_refused_before_it_is_asked(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no host name|malformed URL"):
        checked_url(f"http://{host}/", allow_private=True)
