"""The real server on a socket, with clients that HTTP libraries would not be: slow, huge, silent, impolite (issue 7, hostile input)."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from goldfinch.web.server import ImpatientProtocol
from tests.rollout_page import BAKING, TOKENS, Desk, served

HOST = b"Host: 127.0.0.1\r\n"
VIEWER = f"Authorization: Bearer {TOKENS.viewer}\r\n".encode()


class Impatient(ImpatientProtocol):
    head_within_s = 0.3


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(Desk().tools(), http=Impatient) as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def everything(connection: socket.socket) -> bytes:
    """Until the server closes the connection, politely or not."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def status(port: int, path: str = "/healthz") -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", path)
    found = client.getresponse().status
    client.close()
    return found


@pytest.mark.parametrize("head", [b"", b"GET", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_a_head_that_never_ends_ends_the_connection(port: int, head: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(head)
        assert everything(connection) == b""
    assert status(port) == 200


@pytest.mark.parametrize("more", [b"G", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_a_second_head_that_never_ends_ends_the_connection_too(port: int, more: bytes) -> None:
    with connected(port) as connection:
        connection.settimeout(5)
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(more)
        assert b"HTTP/1.1" not in everything(connection)
    assert status(port) == 200


def test_a_connection_that_is_used_again_and_again_stays_open(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        client.request("GET", "/healthz")
        assert client.getresponse().read()
        local = client.sock.getsockname()
    assert client.sock.getsockname() == local
    client.close()


def test_many_silent_connections_keep_nobody_out(port: int) -> None:
    silent = [connected(port) for _ in range(100)]
    try:
        assert status(port) == 200
        assert all(everything(connection) == b"" for connection in silent)
    finally:
        for connection in silent:
            connection.close()


def test_a_head_without_end_is_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 40_000)
        assert everything(connection).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert status(port) == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_trace_and_ends(port: int, request_: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        found = everything(connection)
    assert b"Traceback" not in found
    assert b" 200 " not in found.split(b"\r\n", 1)[0]
    assert status(port) == 200


def test_two_lengths_are_not_two_requests(port: int) -> None:
    body = b"POST /v1/rollouts HTTP/1.1\r\n" + HOST + VIEWER + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n"
    with connected(port) as connection:
        connection.sendall(body + b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection).count(b"HTTP/1.1 200") == 0


def test_the_stream_flows_over_a_socket_and_a_client_that_goes_away_frees_its_place(port: int) -> None:
    for _ in range(70):  # more than may listen at once
        with connected(port) as connection:
            connection.sendall(f"GET /v1/rollouts/{BAKING}/events HTTP/1.1\r\n".encode() + HOST + VIEWER + b"\r\n")
            found = b""
            while b"event: overview" not in found:
                piece = connection.recv(65536)
                assert piece, found
                found += piece
            assert found.startswith(b"HTTP/1.1 200")


def test_the_server_stops_while_somebody_listens() -> None:
    with served(Desk().tools()) as port:
        connection = connected(port)
        connection.sendall(f"GET /v1/rollouts/{BAKING}/events HTTP/1.1\r\n".encode() + HOST + VIEWER + b"\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 200")
    everything(connection)
    connection.close()


def test_a_program_needs_its_token_and_nothing_else(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", "/v1/rollouts", headers={"Authorization": f"Bearer {TOKENS.viewer}"})
    assert json.loads(client.getresponse().read())["rollouts"][0]["id"] == BAKING
    client.close()
