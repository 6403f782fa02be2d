"""A plain request against a real server on the loopback interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from goldfinch.adapters.load.request import PlainRequest, RequestTarget, payload_of
from goldfinch.core.errors import AgentUnusable, InfrastructureError

Handler = Callable[[bytes, asyncio.StreamWriter], None]


@asynccontextmanager
async def server(answer: Handler) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                answer(await reader.readuntil(b"\r\n\r\n"), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def saying(response: bytes) -> Handler:
    return lambda _, writer: writer.write(response)


def target(port: int, **more: object) -> RequestTarget:
    timeout_s = more.pop("timeout_s", 5.0)
    payload = payload_of("GET", "/ask?q=1", f"127.0.0.1:{port}", {"X-A": "b"}, None)
    return RequestTarget(PlainRequest("GET /ask", "127.0.0.1", port, payload, **more), timeout_s=timeout_s)  # type: ignore[arg-type]


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def test_the_request_goes_out_as_it_was_written() -> None:
    seen: list[bytes] = []

    def note(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        writer.write(OK)

    async with server(note) as port, target(port) as one:
        assert (await one.send(0)).outcome == "ok"
    assert seen == [b"GET /ask?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-A: b\r\n\r\n" % port]


async def test_a_connection_is_used_again_and_again() -> None:
    async with server(saying(OK)) as port, target(port) as one:
        for number in range(50):
            assert (await one.send(number)).outcome == "ok"
        assert one.connections == 1


async def test_requests_at_once_have_a_connection_each() -> None:
    async with server(saying(OK)) as port, target(port) as one:
        replies = await asyncio.gather(*(one.send(number) for number in range(20)))
        assert [reply.outcome for reply in replies] == ["ok"] * 20
        assert one.connections == 20


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "http_503"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "http_404"),
        (b"nonsense\r\n\r\n", "invalid_response"),
    ],
)
async def test_what_goes_wrong_has_a_name(response: bytes, outcome: str) -> None:
    async with server(saying(response)) as port, target(port) as one:
        assert (await one.send(0)).outcome == outcome


async def test_an_expected_status_is_the_only_good_one() -> None:
    async with server(saying(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")) as port, target(port, expect_status=404) as one:
        assert (await one.send(0)).outcome == "ok"
    async with server(saying(OK)) as port, target(port, expect_status=404) as one:
        assert (await one.send(0)).outcome == "http_200"


async def test_a_connection_that_breaks_off_is_an_outcome_and_the_next_request_has_a_new_one() -> None:
    answers = [lambda writer: writer.close(), lambda writer: writer.write(OK)]
    async with server(lambda _, writer: answers.pop(0)(writer)) as port, target(port) as one:
        assert (await one.send(0)).outcome == "connection_lost"
        assert (await one.send(1)).outcome == "ok"


async def test_silence_is_a_timeout() -> None:
    async with server(lambda *_: None) as port, target(port, timeout_s=0.05) as one:
        reply = await one.send(0)
    assert reply.outcome == "timeout"
    assert reply.done_s - reply.sent_s >= 0.05


async def test_a_refused_connection_is_an_outcome() -> None:
    async with server(saying(OK)) as port:
        pass
    async with target(port) as one:
        assert (await one.send(0)).outcome == "connection_refused"


async def test_the_times_of_stream_events_are_kept() -> None:
    def stream(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b": hi\n\n", b"data: a\n\n", b"data: b\n\n"):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        writer.write(b"0\r\n\r\n")

    async with server(stream) as port, target(port, stream=True) as one:
        reply = await one.send(0)
    assert reply.event_s is not None
    assert len(reply.event_s) == 2  # a comment is no event
    assert reply.sent_s <= reply.event_s[0] <= reply.event_s[1] <= reply.done_s


@pytest.mark.parametrize(
    ("timing", "milliseconds"),
    [(b"provider;dur=12.5", 12.5), (b'db;dur=3, provider;desc="x";dur=80', 80.0), (b"cache;dur=1", None), (b"provider;dur=x", None)],
)
async def test_the_provider_s_time_is_read_from_server_timing(timing: bytes, milliseconds: float | None) -> None:
    response = b"HTTP/1.1 200 OK\r\nServer-Timing: %b\r\nContent-Length: 2\r\n\r\n{}" % timing
    async with server(saying(response)) as port, target(port) as one:
        assert (await one.send(0)).provider_ms == milliseconds


@pytest.mark.parametrize(
    ("body", "cost"),
    [
        (b'{"usage":{"usd":0.01}}', 0.01),
        (b'{"usage":{}}', None),
        (b'{"usage":{"usd":-1}}', None),
        (b'{"usage":{"usd":true}}', None),
        (b"[" * 9000, None),
    ],
)
async def test_a_cost_is_what_the_reply_states_or_unknown(body: bytes, cost: float | None) -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with server(saying(response)) as port, target(port, cost_path="usage.usd") as one:
        reply = await one.send(0)
    assert reply.outcome == "ok"
    assert reply.cost_usd == cost


async def test_an_address_that_may_not_be_called_is_refused() -> None:
    with pytest.raises(AgentUnusable, match=r"link-local|metadata"):
        await RequestTarget(PlainRequest("x", "169.254.169.254", 80, b""), timeout_s=1.0).__aenter__()


async def test_a_name_without_an_address_is_an_infrastructure_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> list[object]:
        raise OSError("no such name")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nothing)
    with pytest.raises(InfrastructureError, match="has no address"):
        await RequestTarget(PlainRequest("x", "nowhere.invalid", 80, b""), timeout_s=1.0).__aenter__()
