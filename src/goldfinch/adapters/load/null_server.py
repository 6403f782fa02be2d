"""A server that does nothing, as fast as it can: what the load generator is calibrated against.

`python -m goldfinch.adapters.load.null_server` listens on a free port of the loopback interface and prints it; it ends when its standard
input closes, so that it never outlives who started it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

BODY = b'{"ok":true}'
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
_END = b"\r\n\r\n"


class NullProtocol(asyncio.Protocol):
    """Answers every request without a body; the load generator sends no other here."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._left = b""

    def data_received(self, data: bytes) -> None:
        data = self._left + data
        requests = data.count(_END)
        self._left = data.rpartition(_END)[2][-65536:]
        if requests:
            self._transport.write(_RESPONSE * requests)


async def serve(until_closed: asyncio.StreamReader | None = None) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(NullProtocol, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = until_closed or asyncio.StreamReader()
    if until_closed is None:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    server.close()


@asynccontextmanager
async def null_server() -> AsyncIterator[int]:
    """Start it as a process of its own, so that it does not share an event loop with its client; yields the port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("the server was given no pipes")
    try:
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


def main() -> None:
    """Serve on the fastest event loop there is."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve())
    else:
        uvloop.run(serve())


if __name__ == "__main__":
    main()
