"""A release for tests: answers its health path and echoes, in one asyncio process of the standard library. `echo_agent.py PORT [MODE…]`.

`/held` is answered after SIGUSR1. Modes: `stubborn` ignores SIGTERM; `never-ready` answers 503 to its health path; `crash` ends at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ", 2)[1].decode()
        if path == "/held":
            await released.wait()
        status = "503 Service Unavailable" if "never-ready" in MODES and path.startswith("/health") else "200 OK"
        body = f"{os.environ.get('GOLDFINCH_RELEASE_ID', '')} {os.getpid()} {path}".encode()
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    if "crash" in MODES:
        sys.exit("it crashed: nothing works")
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, released.set)
    over: asyncio.Future[None] = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, (lambda: None) if "stubborn" in MODES else over.cancel)
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))
    print(f"listening as {os.getpid()}", flush=True)
    async with server:
        with suppress(asyncio.CancelledError):
            await over


MODES = frozenset(sys.argv[2:])
released = asyncio.Event()
if __name__ == "__main__":
    asyncio.run(main())
