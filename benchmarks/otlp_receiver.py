"""How many spans a second the OTLP receiver takes, and whether every one arrives: `python -m benchmarks.otlp_receiver`.

Turns of 8 spans (an agent, 3 model calls, 4 tool calls; 10 attributes each, a twentieth with content) in gzipped protobuf, 512 spans a
request as the SDK's exporter sends them, over a few connections of one client process, as fast as the receiver answers. A request that is
turned away (429) is sent again after Retry-After. Beside it, in turns, a server on the same uvicorn that reads the same requests by
OpenTelemetry's own classes and forgets them: what nobody who takes OTLP in Python can do without.

Every turn must be a note at the end, once; the command stops with exit code 1 where one is missing, or where a bar is missed.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

BAR = 5_000
"""Spans a second (issue 7)."""
SPANS_A_TURN = 8
TURNS_A_REQUEST = 64
TEXT = "What did the autumn campaign return, and which channel was worth it? " * 8


def requests(number: int, first: int = 0) -> list[bytes]:
    """Bodies of `TURNS_A_REQUEST` turns each, no two alike."""
    return [gzip.compress(_request(first + place), 1) for place in range(number)]


def _request(number: int) -> bytes:
    sent = ExportTraceServiceRequest()
    for is_canary in (True, False):
        group = sent.resource_spans.add()
        group.resource.attributes.append(_text("release.id", "rel_canary" if is_canary else "rel_stable"))
        group.resource.attributes.append(_text("service.name", "service"))
        scope = group.scope_spans.add()
        for place in range(TURNS_A_REQUEST // 2):
            scope.spans.extend(_turn(number, 2 * place + is_canary))
    return bytes(sent.SerializeToString())


def _turn(number: int, place: int) -> Iterator[Span]:
    trace_id = (number * TURNS_A_REQUEST + place + 1).to_bytes(16, "big")
    root = b"\1" * 8
    for child in range(SPANS_A_TURN - 1):
        is_model = child < 3
        own = _model() if is_model else _tool(child)
        yield _span(trace_id, bytes([2 + child]) * 8, root, [*own, *_house(child)])
    content = [_text("gen_ai.input.messages", _message("user")), _text("gen_ai.output.messages", _message("assistant"))]
    agent = [_text("gen_ai.operation.name", "invoke_agent"), _text("gen_ai.conversation.id", f"session-{number}-{place}")]
    yield _span(trace_id, root, b"", [*agent, *_house(0), *(content if place % 20 == 0 else [])])


def _span(trace_id: bytes, span_id: bytes, parent_id: bytes, own: list[KeyValue]) -> Span:
    now = time.time_ns()
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        start_time_unix_nano=now - 10**9,
        end_time_unix_nano=now,
        attributes=own,
    )


def _model() -> list[KeyValue]:
    counts = [KeyValue(key=f"gen_ai.usage.{side}_tokens", value=AnyValue(int_value=100)) for side in ("input", "output")]
    return [
        _text("gen_ai.operation.name", "chat"),
        _text("gen_ai.provider.name", "openai"),
        _text("gen_ai.response.model", "gpt-4o"),
        *counts,
    ]


def _tool(child: int) -> list[KeyValue]:
    return [_text("gen_ai.operation.name", "execute_tool"), _text("gen_ai.tool.name", f"tool-{child}"), _text("gen_ai.tool.call.id", "c")]


def _house(child: int) -> list[KeyValue]:
    """What spans carry besides, and nobody reads."""
    return [_text(f"house.attribute.{place}", f"value {child}") for place in range(5)]


def _message(role: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": TEXT}]}])


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a load."""

    spans: int
    seconds: float
    turned_away: int
    stats: dict[str, Any]

    @property
    def spans_a_second(self) -> float:
        return self.spans / self.seconds


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[int]:
    """A receiver in a process of its own; its port."""
    command = [sys.executable, "-m", "benchmarks.otlp_server", "--notes", str(folder / "notes.jsonl"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def ask(port: int, path: str, method: str = "GET") -> dict[str, Any]:
    """JSON from one of the server's own routes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers={"Content-Length": "0"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def send(port: int, bodies: list[bytes], connections: int) -> Sent:
    """All bodies, as fast as they are taken; what is turned away is sent again when the receiver says."""
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        away = sum(pool.map(lambda share: _send_all(port, share), [bodies[place::connections] for place in range(connections)]))
    seconds = time.perf_counter() - began
    return Sent(len(bodies) * TURNS_A_REQUEST * SPANS_A_TURN, seconds, away, ask(port, "/stats"))


def _send_all(port: int, bodies: list[bytes]) -> int:
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    turned_away = 0
    for body in bodies:
        while True:
            connection.request("POST", "/v1/traces", body, headers)
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                break
            if response.status != 429:
                raise SystemExit(f"the receiver answered {response.status}")
            turned_away += 1
            time.sleep(float(response.headers["Retry-After"]))
    connection.close()
    return turned_away


def measure(number: int, connections: int, first: int, *arguments: str) -> tuple[Sent, dict[str, Any]]:
    """One load, and what had been written when everything had settled."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), *arguments) as port:
        sent = send(port, requests(number, first), connections)
        return sent, (ask(port, "/stats") if "--reference" in arguments else ask(port, "/settle", "POST"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.otlp_receiver", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=200, help="of 512 spans each (default 200: 102,400 spans)")
    parser.add_argument("--connections", type=int, default=2)
    options = parser.parse_args()
    rates: list[float] = []
    references: list[float] = []
    for turn in range(options.rounds):
        sent, settled = measure(options.requests, options.connections, turn * options.requests)
        wanted = options.requests * TURNS_A_REQUEST
        if (settled["written"], settled["held"]) != (wanted, 0):
            raise SystemExit(f"{settled['written']:,} notes of {wanted:,} turns, {settled['held']:,} spans held: something was lost")
        reference, _ = measure(options.requests, options.connections, turn * options.requests, "--reference")
        rates.append(sent.spans_a_second)
        references.append(reference.spans_a_second)
        print(
            f"round {turn + 1}: {sent.spans_a_second:,.0f} spans/s, {sent.turned_away} requests turned away and sent again, "
            f"{settled['written']:,} of {wanted:,} turns written; peak {settled['peak_kb'] / 1024:,.0f} MB, "
            f"{settled['cpu_ms'] * 1000 / sent.spans:.1f} µs of CPU a span; reading alone {reference.spans_a_second:,.0f} spans/s",
            flush=True,
        )
    rate = statistics.median(rates)
    share, word = rate / statistics.median(references), "met" if rate >= BAR else "MISSED"
    print(f"median {rate:,.0f} spans/s, {share:.2f} of reading alone; bar {BAR:,}: {word}")
    raise SystemExit(0 if rate >= BAR else 1)


if __name__ == "__main__":
    main()
