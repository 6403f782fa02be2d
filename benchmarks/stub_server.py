"""An OpenAI-compatible chat endpoint that costs as little as possible, in a process of its own.

`python -m benchmarks.stub_server --latency-ms 200` prints `{"port": …}` and serves until it is terminated. It answers every chat
completion with `answer to: <the last message>`, so that an exact scorer can tell a right answer from a mixed-up one.
`POST /v1/traces` takes OTLP/HTTP, as a collector that only counts. `GET /stats` gives
`{"requests": …, "max_in_flight": …, "connections": …, "spans": …}`; of requests, chat completions alone are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Any

import httptools  # type: ignore[import-not-found, unused-ignore]
import uvloop

from benchmarks.spans import spans_in

COMPLETION = {
    "id": "chatcmpl-stub",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "stub",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "@"}}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18},
}
BODY_HEAD, BODY_TAIL = (part.encode() for part in json.dumps(COMPLETION).split('"@"'))
HTTP_HEAD = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
OK = b"200 OK"


@dataclass
class Stats:
    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    connections: int = 0
    spans: int = 0


def reply(status: bytes, body: bytes) -> bytes:
    return HTTP_HEAD % (status, len(body)) + body


def completion(question: str) -> bytes:
    return reply(OK, BODY_HEAD + json.dumps(f"answer to: {question}").encode() + BODY_TAIL)


def question_of(body: bytes) -> str:
    """The text of the last message, whether it is a string or a list of parts."""
    content = json.loads(body)["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


class StubProtocol(asyncio.Protocol):
    """One connection; keep-alive, one request at a time (no client under test pipelines)."""

    def __init__(self, stats: Stats, latency_s: float) -> None:
        self.stats = stats
        self.latency_s = latency_s
        self.loop = asyncio.get_running_loop()
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.Transport | None = None
        self.body = b""
        self.url = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.stats.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.transport = None

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.write(reply(b"400 Bad Request", b"{}"))

    def on_message_begin(self) -> None:
        self.body = self.url = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.url.endswith(b"/chat/completions"):
            self.answer()
        elif self.url == b"/v1/traces":
            self.stats.spans += spans_in(self.body)
            self.write(reply(OK, b""))
        elif self.url == b"/stats":
            self.write(reply(OK, json.dumps(asdict(self.stats)).encode()))
        else:
            self.write(reply(b"404 Not Found", b"{}"))

    def answer(self) -> None:
        stats = self.stats
        stats.requests += 1
        stats.in_flight += 1
        stats.max_in_flight = max(stats.max_in_flight, stats.in_flight)
        answer = completion(question_of(self.body))
        if self.latency_s:
            self.loop.call_later(self.latency_s, self.finish, answer)
        else:
            self.finish(answer)

    def finish(self, answer: bytes) -> None:
        self.stats.in_flight -= 1
        self.write(answer)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


async def serve(latency_s: float) -> None:
    stats = Stats()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StubProtocol(stats, latency_s), "127.0.0.1", 0, backlog=4096)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="wait before each answer")
    uvloop.run(serve(parser.parse_args().latency_ms / 1000))


if __name__ == "__main__":
    main()
