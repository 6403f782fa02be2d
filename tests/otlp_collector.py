"""An OTLP/HTTP collector on this machine that reads what it gets with OpenTelemetry's own classes, and can be told to misbehave."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from goldfinch.testing.tracer_contract import SeenSpan


class Answer(NamedTuple):
    """What the collector says to one request; `hang` makes it say nothing until the collector is closed."""

    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    body: bytes = b""
    hang: bool = False


class Collector:
    """What arrived: `requests` with their headers, and the spans of those that were answered with 200."""

    def __init__(self, answer: Callable[[int], Answer]) -> None:
        self.answer = answer
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.taken: list[ExportTraceServiceRequest] = []
        self.closing = threading.Event()
        self.url = ""

    def spans(self) -> list[SeenSpan]:
        """Every span that was taken, in the order of arrival."""
        return [seen(span) for request in self.taken for span in spans_of(request)]


def spans_of(request: ExportTraceServiceRequest) -> list[Span]:
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


def seen(span: Span) -> SeenSpan:
    """Raises where a required field is missing."""
    assert len(span.trace_id) == 16
    assert len(span.span_id) == 8
    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    failed = span.status.code == Status.STATUS_CODE_ERROR
    return SeenSpan(
        span.name,
        span.trace_id,
        span.span_id,
        span.parent_span_id or None,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        attributes(span.attributes),
        tuple((event.name, attributes(event.attributes)) for event in span.events),
        span.status.message if failed else None,
    )


def attributes(written: Any) -> dict[str, Any]:
    pairs: list[KeyValue] = list(written)
    found = {pair.key: value_of(pair.value) for pair in pairs}
    assert len(found) == len(pairs), "an attribute stands twice"
    return found


def value_of(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    assert kind is not None
    if kind == "array_value":
        return tuple(value_of(item) for item in value.array_value.values)
    return getattr(value, kind)


@contextmanager
def collector(answer: Callable[[int], Answer] = lambda number: Answer()) -> Iterator[Collector]:
    """A collector that is there while the block runs; `answer` is asked with the number of each request, from 0."""
    state = Collector(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            number = len(state.requests)
            state.requests.append(ExportTraceServiceRequest.FromString(body))
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            state.paths.append(self.path)
            said = state.answer(number)
            if said.hang:
                state.closing.wait(30)
                self.close_connection = True
                return
            if said.status == 200:
                state.taken.append(state.requests[number])
            self.send_response(said.status)
            for name, value in ({"Content-Length": str(len(said.body))} | said.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's signature
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
