"""An HTTP server with logged, seeded delays that stands still for 200 ms every two seconds: what a load generator should see is known.

`python -m benchmarks.stalling_stub` prints its port as JSON and serves until its standard input ends; `GET /log` gives the arrival and the
response time of every other request, in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from time import perf_counter
from typing import Any

PERIOD_S, STALL_S = 2.0, 0.2
MEDIAN_DELAY_S, SIGMA = 0.008, 0.4
SEED = 20260101


class Delays:
    """Log-normal delays from a seed, and the stall: whatever comes or falls due in it is answered at its end."""

    def __init__(self, now_s: float) -> None:
        self._random = random.Random(SEED)
        self._origin_s = now_s
        self.log: list[tuple[float, float]] = []

    def next_s(self, now_s: float) -> float:
        """Seconds until the answer to a request that comes now; logged."""
        since = now_s - self._origin_s
        due = since + MEDIAN_DELAY_S * self._random.lognormvariate(0.0, SIGMA)
        into_period = due % PERIOD_S
        if into_period < STALL_S:
            due += STALL_S - into_period
        self.log.append((since * 1000, (due - since) * 1000))
        return due - since


class StallingProtocol(asyncio.Protocol):
    def __init__(self, delays: Delays) -> None:
        self._delays = delays
        self._transport: Any = None
        self._left = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._left = (self._left + data).split(b"\r\n\r\n")
        for request in requests:
            if request.startswith(b"GET /log "):
                self._answer(json.dumps(self._delays.log).encode())
            else:
                asyncio.get_running_loop().call_later(self._delays.next_s(perf_counter()), self._answer, b"{}")

    def _answer(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def serve() -> None:
    loop = asyncio.get_running_loop()
    delays = Delays(perf_counter())
    server = await loop.create_server(lambda: StallingProtocol(delays), "127.0.0.1", 0, backlog=4096)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    asyncio.run(serve())
