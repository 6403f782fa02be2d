"""A Prometheus that answers wrongly, slowly, from elsewhere or not at all gives no figure; and only a Prometheus is called."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from goldfinch.adapters.prometheus.connection import endpoint
from goldfinch.adapters.prometheus.provider import PrometheusProvider
from goldfinch.core.live.failures import PrometheusAddressRefused, PrometheusRefused, PrometheusUnavailable

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Stub:
    """Says what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"", dict[str, str]()
        self.asked: list[tuple[str, dict[str, list[str]], Any]] = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is http.server's
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                stub.asked.append((self.path, form, self.headers))
                self.send_response(stub.status)
                for name, value in {"Content-Length": str(len(stub.body)), **stub.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(stub.body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def vector(self, *items: tuple[dict[str, str], str]) -> None:
        result = [{"metric": labels, "value": [NOW.timestamp(), value]} for labels, value in items]
        self.body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub()
    thread = threading.Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stub
    stub.server.shutdown()
    thread.join()
    stub.server.server_close()


def provider(stub: Stub, **rest: Any) -> PrometheusProvider:
    return PrometheusProvider(stub.url, allow_private=True, **rest)


def test_the_value_of_each_release(stub: Stub) -> None:
    stub.vector(({"release": "a"}, "0.25"), ({"release": "b"}, "NaN"), ({"release": "c"}, "+Inf"), ({}, "1"))
    assert provider(stub, headers={"Authorization": "Bearer x"}).by_label("errors", NOW) == {"a": 0.25}
    path, form, headers = stub.asked[0]
    assert (path, form) == ("/api/v1/query", {"query": ["errors"], "time": ["1767268800.000"]})
    assert headers["Authorization"] == "Bearer x"


def test_the_value_of_a_query_that_gives_none_is_none_and_not_0(stub: Stub) -> None:
    stub.vector()
    assert provider(stub).value("absent", NOW) is None
    stub.vector(({}, "NaN"))
    assert provider(stub).value("0/0", NOW) is None
    stub.vector(({}, "0"))
    assert provider(stub).value("zero", NOW) == 0.0


def test_several_series_where_one_was_asked_for_are_refused(stub: Stub) -> None:
    stub.vector(({"release": "a", "pod": "1"}, "1"), ({"release": "a", "pod": "2"}, "2"))
    with pytest.raises(PrometheusRefused, match="2 series"):
        provider(stub).value("up", NOW)
    with pytest.raises(PrometheusRefused, match=r"sum by \(release\)"):
        provider(stub).by_label("up", NOW)


def test_a_range_leaves_out_the_points_that_are_missing(stub: Stub) -> None:
    values = [[1, "1"], [2, "NaN"], [3, "3"]]
    result = [{"metric": {"release": "a"}, "values": values}, {"metric": {"release": "b"}, "values": [[1, "NaN"]]}]
    stub.body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
    (series,) = provider(stub).range("x", NOW, NOW + timedelta(minutes=1), timedelta(seconds=15))
    assert [tuple(point) for point in series.points] == [(1, 1), (3, 3)]
    assert stub.asked[0][1]["step"] == ["15"]


def test_a_query_that_is_refused_says_why_in_words_that_are_safe_to_show(stub: Stub) -> None:
    stub.status, stub.body = 400, json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error \x1b[31m"}).encode()
    with pytest.raises(PrometheusRefused, match="HTTP 400: parse error") as raised:
        provider(stub).value("sum(", NOW)
    assert "\x1b" not in str(raised.value)
    stub.status = 503
    with pytest.raises(PrometheusUnavailable, match="HTTP 503"):
        provider(stub).value("x", NOW)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"status":"success"}', b'{"status":"success","data":{"resultType":"vector","result":[1]}}']
)
def test_what_is_no_answer_of_a_prometheus_is_missing(stub: Stub, body: bytes) -> None:
    stub.body = body
    with pytest.raises(PrometheusUnavailable):
        provider(stub).value("x", NOW)


def test_a_redirect_is_not_followed(stub: Stub) -> None:
    stub.status, stub.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data"}
    with pytest.raises(PrometheusUnavailable, match="redirects"):
        provider(stub).value("x", NOW)
    assert len(stub.asked) == 1


def test_an_answer_without_end_is_cut(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldfinch.adapters.prometheus.connection.MAX_REPLY_BYTES", 100)
    stub.body = b" " * 1000
    with pytest.raises(PrometheusUnavailable, match="HTTP as expected"):
        provider(stub).value("x", NOW)


def serve_once(answer: Callable[[socket.socket], None]) -> tuple[str, threading.Thread]:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connected:
            answer(connected)

    thread = threading.Thread(target=serve)
    thread.start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}", thread


@pytest.mark.parametrize("drips", [False, True])
def test_a_server_that_is_too_slow_is_cut_off_also_when_it_sends_a_byte_now_and_then(drips: bool) -> None:
    over = threading.Event()

    def answer(connected: socket.socket) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
                if drips:
                    connected.send(bytes([byte]))
                if over.wait(0.01):
                    return
        except OSError:
            return

    url, thread = serve_once(answer)
    before = time.monotonic()
    with pytest.raises(PrometheusUnavailable, match="in time"):
        PrometheusProvider(url, allow_private=True, timeout_s=0.1).value("x", NOW)
    assert time.monotonic() - before < 5  # and not the ten seconds that the bytes take
    over.set()
    thread.join()


def test_nobody_there_is_said_in_a_few_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(PrometheusUnavailable, match="connection refused") as raised:
        PrometheusProvider(url, allow_private=True).value("x", NOW)
    assert raised.value.code == "E3320"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://prometheus:9090",
        "file:///etc/passwd",
        "prometheus:9090",
        "http://",
        "http://user:secret@prometheus:9090",
        "http://prometheus:22",
        "http://prometheus:6379",
        "http://prometheus:99999",
        "http://127.0.0.1:9090",
        "http://[::1]:9090",
        "http://[::ffff:127.0.0.1]:9090",
        "http://10.0.0.1:9090",
        "http://2130706433:9090",
        "http://0x7f.1:9090",
    ],
)
def test_what_is_no_address_of_a_prometheus_is_refused(url: str) -> None:
    with pytest.raises(PrometheusAddressRefused) as raised:
        endpoint(url, allow_private=False)
    assert raised.value.code == "E3322"
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "2852039166", "100.100.100.200"])
def test_metadata_services_are_refused_whatever_is_permitted(host: str) -> None:
    with pytest.raises(PrometheusAddressRefused):
        endpoint(f"http://{host}:80", allow_private=True)


def test_a_name_is_judged_by_what_it_resolves_to_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def resolve(*_: Any, **__: Any) -> list[Any]:
        calls.append(1)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 9090)) for address in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(PrometheusAddressRefused, match="resolves to an address that is refused"):
        PrometheusProvider("http://prometheus.example:9090").value("x", NOW)
    assert len(calls) == 1
