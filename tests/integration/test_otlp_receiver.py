"""The receiver in a process of its own, asked by the real exporter, by an eager sender and by a hostile one.

Asserted are counts: what was accepted arrives, what was turned away arrives when it is sent again, what is refused does no harm.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from benchmarks.otlp_receiver import SPANS_A_TURN, TURNS_A_REQUEST, ask, requests, send, server
from tests.received_spans import AGENT, CHAT, TOOL, request, span

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
NOTES = "notes.jsonl"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[int]:
    """A receiver with narrow limits: 2,000 spans, bodies of 200 kB, half a second for a body."""
    with server(tmp_path, "--max-spans", "2000", "--body-bytes", "200000", "--body-timeout", "0.5") as port:
        yield port


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One such receiver for all attacks, one after the other."""
    folder = tmp_path_factory.mktemp("attacked")
    with server(folder, "--max-spans", "2000", "--body-bytes", "200000", "--body-timeout", "0.5") as port:
        yield port


def post(port: int, body: bytes, headers: dict[str, str], path: str = "/v1/traces", method: str = "POST") -> tuple[int, bytes, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


def notes_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NOTES).read_text().splitlines()]


def one_turn(session: str) -> bytes:
    root = span({**AGENT, "gen_ai.conversation.id": session})
    return request(span(TOOL, root, failed=True), root)


def test_what_the_sdks_exporter_sends_arrives(tmp_path: Path) -> None:
    with server(tmp_path) as port:
        provider = TracerProvider(resource=Resource.create({"release.id": "rel_canary"}), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"http://127.0.0.1:{port}/v1/traces", compression=None)))
        tracer = provider.get_tracer("agent")
        for number in range(40):
            with tracer.start_as_current_span("invoke_agent", attributes={**AGENT, "gen_ai.conversation.id": f"s{number}"}):
                usage = {"gen_ai.usage.input_tokens": number, "gen_ai.usage.output_tokens": 1}
                with tracer.start_as_current_span("chat", attributes={**CHAT, **usage}):
                    pass
        provider.shutdown()
        settled = ask(port, "/settle", "POST")
    assert (settled["spans"], settled["turns"], settled["held"]) == (80, 40, 0)
    assert {note["session"]: note["amounts"]["tokens"] for note in notes_in(tmp_path)} == {f"s{n}": n + 1.0 for n in range(40)}


def test_everything_accepted_arrives_what_is_turned_away_arrives_later_and_memory_stays_bounded(tmp_path: Path) -> None:
    bodies = requests(60)
    with server(tmp_path, "--max-spans", "4096") as port:
        post(port, bodies[0], {**PROTOBUF, "Content-Encoding": "gzip"})
        before = ask(port, "/stats")
        sent = send(port, bodies[1:], 4)
        settled = ask(port, "/settle", "POST")
    assert sent.turned_away > 0
    assert settled["turned_away"] == sent.turned_away
    assert (settled["spans"], settled["held"]) == (60 * TURNS_A_REQUEST * SPANS_A_TURN, 0)
    counts = Counter(note["session"] for note in notes_in(tmp_path))
    assert len(counts) == 60 * TURNS_A_REQUEST
    assert set(counts.values()) == {1}
    assert settled["peak_kb"] - before["rss_kb"] < 100_000


def test_above_its_bound_it_says_when_to_come_again_and_takes_nothing(small: int, tmp_path: Path) -> None:
    bodies = requests(5)
    answers = [post(small, body, {**PROTOBUF, "Content-Encoding": "gzip"}) for body in bodies]
    statuses = [status for status, _, _ in answers]
    assert statuses == [200, 200, 200, 429, 429]  # 512 spans each
    assert answers[3][2]["Retry-After"] == "2"
    assert ask(small, "/stats")["held"] == 3 * 512


def test_json_and_protobuf_with_and_without_gzip_say_the_same(small: int, tmp_path: Path) -> None:
    root = span({**AGENT, "gen_ai.conversation.id": "j"})
    written = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "release.id", "value": {"stringValue": "rel_canary"}}]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": root.trace_id.hex(),
                                "spanId": root.span_id.hex(),
                                "name": "invoke_agent",
                                "kind": 1,
                                "startTimeUnixNano": str(root.start_ns),
                                "endTimeUnixNano": root.end_ns,
                                "status": {"code": 2},
                                "unknown": [1],
                                "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in root.attributes.items()]
                                + [
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
                                    {"key": "gen_ai.usage.output_tokens", "value": {"intValue": 3}},
                                ],
                            }
                        ]
                    }
                ],
            }
        ]
    }
    status, body, headers = post(small, gzip.compress(json.dumps(written).encode()), {**JSON, "Content-Encoding": "gzip"})
    assert (status, body, headers["Content-Type"]) == (200, b"{}", "application/json")
    assert post(small, one_turn("p"), {"Content-Type": "application/x-protobuf; charset=utf-8"})[:2] == (200, b"")
    ask(small, "/settle", "POST")
    found = {note["session"]: (note["amounts"], note["flags"]) for note in notes_in(tmp_path)}
    assert found == {"j": ({"tokens": 10.0}, []), "p": ({"tool_calls": 1.0}, ["tool_error"])}


def test_part_of_a_request_is_taken_and_the_sender_told_of_the_rest(small: int) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    bad = span({**AGENT, "gen_ai.conversation.id": "s\x001"})
    status, body, _ = post(small, request(bad, span({**AGENT, "gen_ai.conversation.id": "s"})), PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert (status, partial.rejected_spans, partial.error_message) == (200, 1, "1 with gen_ai.conversation.id holds control characters")


def test_logs_and_metrics_are_taken_and_left_unread(small: int) -> None:
    for path in ("/v1/logs", "/v1/metrics"):
        assert post(small, b"whatever", PROTOBUF, path)[:2] == (200, b"")
        assert post(small, b"x" * 200_001, PROTOBUF, path)[0] == 413


DEEP = b'{"resourceSpans":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
DEEP_VALUE = b'{"resourceSpans":[{"resource":{"attributes":[{"key":"release.id","value":' + b'{"arrayValue":{"values":[' * 7_000


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        pytest.param(400, b"\xff\xff\xff no protobuf", PROTOBUF, id="malformed protobuf"),
        pytest.param(400, one_turn("x")[:-7], PROTOBUF, id="truncated protobuf"),
        pytest.param(400, one_turn("xyz").replace(b"xyz", b"x\xff\xfe"), PROTOBUF, id="invalid UTF-8 in protobuf"),
        pytest.param(400, b"{", JSON, id="truncated JSON"),
        pytest.param(400, b"[]", JSON, id="another JSON"),
        pytest.param(400, b'{"resourceSpans":[{"scopeSpans":"\xff"}]}', JSON, id="invalid UTF-8 in JSON"),
        pytest.param(400, DEEP[:200_000], JSON, id="deep JSON"),
        pytest.param(400, DEEP_VALUE, JSON, id="deep values in JSON"),
        pytest.param(400, gzip.compress(one_turn("x"))[:-9], {**PROTOBUF, "Content-Encoding": "gzip"}, id="truncated gzip"),
        pytest.param(400, b"no gzip", {**PROTOBUF, "Content-Encoding": "gzip"}, id="no gzip"),
        pytest.param(413, gzip.compress(bytes(50_000_000)), {**PROTOBUF, "Content-Encoding": "gzip"}, id="zip bomb"),
        pytest.param(413, bytes(200_001), PROTOBUF, id="a large body"),
        pytest.param(
            413, gzip.compress(request(*[span(AGENT) for _ in range(2_001)])), PROTOBUF | {"Content-Encoding": "gzip"}, id="spans"
        ),
        pytest.param(415, b"{}", {"Content-Type": "text/plain"}, id="content type"),
        pytest.param(415, b"{}", {}, id="no content type"),
        pytest.param(415, b"{}", {**JSON, "Content-Encoding": "br"}, id="content encoding"),
    ],
)
def test_hostile_requests_are_refused_in_the_senders_form_and_the_next_one_is_taken(
    attacked: int, status: int, body: bytes, headers: dict[str, str]
) -> None:
    before = ask(attacked, "/stats")["turns"]
    answered, said, answer_headers = post(attacked, body, headers)
    assert answered == status, said
    if answer_headers["Content-Type"] == "application/json":
        assert json.loads(said)["message"]
    assert post(attacked, one_turn("after"), PROTOBUF)[0] == 200
    settled = ask(attacked, "/settle", "POST")
    assert (settled["turns"], settled["held"]) == (before + 1, 0)
    assert settled["peak_kb"] < 250_000


def test_other_methods_are_refused(attacked: int) -> None:
    status, _, headers = post(attacked, b"", PROTOBUF, method="GET")
    assert (status, headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("length", ["100", "99999999999999999999999"])
def test_a_body_that_does_not_come_ends_its_own_connection_only(attacked: int, length: str) -> None:
    before = ask(attacked, "/stats")["turns"]
    with socket.create_connection(("127.0.0.1", attacked), timeout=20) as slow:
        slow.sendall(
            f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{".encode()
        )
        assert post(attacked, one_turn("meanwhile"), PROTOBUF)[0] == 200
        answer = b""
        while part := slow.recv(4096):
            answer += part
    assert answer.split(b" ")[1] in ((b"408",) if length == "100" else (b"413", b"400"))
    assert ask(attacked, "/settle", "POST")["turns"] == before + 1


def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_behind(attacked: int) -> None:
    before = ask(attacked, "/stats")["turns"]
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", attacked), timeout=20) as gone:
            gone.sendall(
                b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 150000\r\n\r\n" + b"x" * 1000
            )
    assert post(attacked, one_turn("after"), PROTOBUF)[0] == 200
    assert ask(attacked, "/settle", "POST")["turns"] == before + 1


def test_huge_attributes_are_taken_cut(tmp_path: Path) -> None:
    with server(tmp_path) as port:
        root = span(
            {
                **AGENT,
                "gen_ai.conversation.id": "s1",
                "gen_ai.input.messages": "why? " * 400_000,
                "gen_ai.output.messages": "so. " * 400_000,
                "gen_ai.response.model": "m" * 1_000_000,
            }
        )
        assert post(port, request(root), PROTOBUF)[0] == 200
        ask(port, "/settle", "POST")
    (answer,) = [json.loads(line) for line in (tmp_path / NOTES).with_suffix(".answers").read_text().splitlines()]
    assert (len(answer["answer"]), len(answer["question"][0]["content"]), len(answer["facts"]["model"])) == (32_768, 32_768, 128)
