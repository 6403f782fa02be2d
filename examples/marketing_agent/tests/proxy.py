"""A proxy on loopback that can fall silent or hang up, as networks do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

POSTGRES_PORT = 5432


class Proxy:
    """Passes bytes to a server while `passing` is set."""

    def __init__(self) -> None:
        self.passing = asyncio.Event()
        self.passing.set()
        self.port = 0

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self.passing.wait()
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def proxy_to(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server that `url` names, be it at an address or at a socket (`?host=/folder`, as PostgreSQL has it)."""
    proxy, tasks = Proxy(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(OSError, asyncio.CancelledError):
            there_reader, there_writer = await _connect(url)
            try:
                await asyncio.gather(proxy._pump(reader, there_writer), proxy._pump(there_reader, writer))
            finally:
                there_writer.close()
                writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(url)
    if folder := parse_qs(address.query).get("host"):
        return await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.{address.port or POSTGRES_PORT}")
    return await asyncio.open_connection(address.hostname, address.port or POSTGRES_PORT)
