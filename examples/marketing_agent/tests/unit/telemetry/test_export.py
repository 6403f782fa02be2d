from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from src.domain import Task
from src.telemetry.export import captures_content, tracing_of
from src.telemetry.redaction import Redactor

TASK = Task("x")


class Collector(ThreadingHTTPServer):
    requests: list[ExportTraceServiceRequest]


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.requests.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        yield server
        server.shutdown()
        thread.join()


def test_spans_go_to_the_collector_with_the_release_in_resource_and_span(collector: Collector) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_address[1]}"}
    tracing = tracing_of("good-test", environment, Redactor())
    with tracing.invoke_agent(TASK, provider="deterministic", model="rules-1", headers={}) as span:
        assert span.trace_id is not None
    tracing.close()
    [request] = collector.requests
    [spans] = request.resource_spans
    resource = {item.key: item.value.string_value for item in spans.resource.attributes}
    [sent] = spans.scope_spans[0].spans
    assert (resource["service.name"], resource["release.id"]) == ("marketing-agent", "good-test")
    assert resource["service.version"]
    assert {item.key: item.value.string_value for item in sent.attributes}["release.id"] == "good-test"


def test_without_an_endpoint_there_is_no_exporter() -> None:
    tracing = tracing_of("good-test", {}, Redactor())
    with tracing.invoke_agent(TASK, provider="deterministic", model="rules-1", headers={}) as span:
        assert span.trace_id is None


@pytest.mark.parametrize(("value", "captures"), [("", False), ("false", False), ("NO_CONTENT", False), ("true", True), ("SPAN_ONLY", True)])
def test_content_is_opt_in(value: str, captures: bool) -> None:
    assert captures_content({"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": value}) is captures
    assert not captures_content({})
