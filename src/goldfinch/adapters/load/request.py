"""A plain HTTP request as the target: connections kept alive, read by `response.py`, timed where bytes come and go."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import msgspec

from goldfinch.adapters.load.response import ResponseInvalid, ResponseReader, header
from goldfinch.core.load.samples import OK, TIMEOUT
from goldfinch.core.wire.addresses import refusal
from goldfinch.core.wire.paths import find
from goldfinch.ports.load_target import Reply

_DURATION = re.compile(rb"(?:^|,)\s*provider\s*(?:;[^,]*?)?;\s*dur\s*=\s*\"?([0-9]+(?:\.[0-9]+)?)")
"""`Server-Timing: provider;dur=123.4` (W3C Server Timing): what the target waited for its model provider."""


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """What is sent every time. `head` and `body` are complete; `host` and `port` are where."""

    name: str
    host: str
    port: int
    payload: bytes
    tls: bool = False
    expect_status: int | None = None
    """None: any status below 400 will do."""
    stream: bool = False
    cost_path: str | None = None
    allow_private: bool = True


def payload_of(method: str, target: str, authority: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The bytes of a request. Names and values of headers are free of line breaks."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


class RequestTarget:
    """Sends one request again and again, each on a connection that is free, else on a new one."""

    def __init__(self, request: PlainRequest, *, timeout_s: float) -> None:
        self._request = request
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._address = request.host
        self.connections = 0
        """Opened so far."""

    @property
    def name(self) -> str:
        return self._request.name

    async def __aenter__(self) -> Self:
        """Resolve the name once: neither its time nor a change of it belongs into the measurement."""
        self._loop = asyncio.get_running_loop()
        self._address = await _resolved(self._request)
        self._tls = ssl.create_default_context() if self._request.tls else None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)

    async def send(self, number: int) -> Reply:  # noqa: ARG002 - every request is the same
        started = perf_counter()
        try:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable:
                    return await connection.ask(self._timeout_s)
            return await self._on_new_connection(started)
        except TimeoutError:
            return Reply(started, perf_counter(), TIMEOUT)
        except OSError as error:
            return Reply(started, perf_counter(), _named(error))

    async def _on_new_connection(self, started: float) -> Reply:
        request = self._request
        async with asyncio.timeout(self._timeout_s):
            _, connection = await self._loop.create_connection(
                lambda: _Connection(self), self._address, request.port, ssl=self._tls, server_hostname=request.host if self._tls else None
            )
        self.connections += 1
        left = self._timeout_s - (perf_counter() - started)
        reply = await connection.ask(max(left, 0.0))
        reply.sent_s = started  # connecting is part of what a user waits for
        return reply


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    __slots__ = ("_done", "_events", "_reader", "_sent_s", "_target", "_timer", "_transport", "is_usable")

    def __init__(self, target: RequestTarget) -> None:
        self._target = target
        self._transport: Any = None
        self._done: asyncio.Future[Reply] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._events: list[float] | None = None
        self.is_usable = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._target._open.add(self)
        self.is_usable = True

    def ask(self, timeout_s: float) -> asyncio.Future[Reply]:
        """Send the request; the future holds the reply."""
        target, request = self._target, self._target._request
        loop = target._loop
        self._done = loop.create_future()
        if request.stream:
            self._events = []
            self._reader = ResponseReader(keep_body=request.cost_path is not None, on_data=_event_times(self._events))
        else:
            self._reader = ResponseReader(keep_body=request.cost_path is not None)
        self._timer = loop.call_later(timeout_s, self._out_of_time)
        self._sent_s = perf_counter()
        self._transport.write(request.payload)
        return self._done

    def data_received(self, data: bytes) -> None:
        if self._done is None:  # nothing was asked
            self.abort()
            return
        try:
            if self._reader.feed(data):
                self._finish(self._outcome())
        except ResponseInvalid:
            self._finish("invalid_response", keep=False)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self.is_usable = False
        self._target._open.discard(self)
        if self._done is not None:
            self._finish(self._outcome() if self._reader.closed() else "connection_lost", keep=False)

    def abort(self) -> None:
        self.is_usable = False
        if self._transport is not None:
            self._transport.abort()

    def _out_of_time(self) -> None:
        if self._done is not None:
            self._finish(TIMEOUT, keep=False)

    def _outcome(self) -> str:
        status, expected = self._reader.status, self._target._request.expect_status
        is_fine = status < 400 if expected is None else status == expected
        return OK if is_fine else f"http_{status}"

    def _finish(self, outcome: str, *, keep: bool = True) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        reply = Reply(self._sent_s, perf_counter(), outcome)
        reply.event_s = self._events
        reader, request = self._reader, self._target._request
        if b"server-timing" in reader.head:
            reply.provider_ms = _provider_ms(reader.head)
        if request.cost_path is not None and outcome == OK:
            reply.cost_usd = _cost(bytes(reader.body), request.cost_path)
        if keep and not reader.closes:
            self._target._idle.append(self)
        else:
            self.abort()
        if not done.done():
            done.set_result(reply)


def _event_times(events: list[float]) -> Callable[[bytes], None]:
    """Note when each piece of a stream came that begins or holds a `data:` line; several in one piece came at one time."""

    def note(data: bytes) -> None:
        if b"data:" in data:
            events.append(perf_counter())

    return note


def _provider_ms(head: bytes) -> float | None:
    value = header(head, b"server-timing")
    found = _DURATION.search(value) if value is not None else None
    return float(found[1]) if found else None


def _cost(body: bytes, path: str) -> float | None:
    try:
        value = find(msgspec.json.decode(body), path)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    is_amount = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    return float(value) if is_amount else None


async def _resolved(request: PlainRequest) -> str:
    """The first address of the host. Raises `InfrastructureError` and, for an address that may not be called, `AgentUnusable`."""
    from goldfinch.core.errors import AgentUnusable, InfrastructureError
    from goldfinch.core.load.codes import NOT_REACHED

    try:
        found = await asyncio.get_running_loop().getaddrinfo(request.host, request.port, type=1)
    except OSError as error:
        raise InfrastructureError(
            f"{request.host} has no address: {error.strerror or error}", where=request.name, code=NOT_REACHED
        ) from None
    address = str(found[0][4][0])
    reason = refusal(address, allow_private=request.allow_private)
    if reason is not None:
        raise AgentUnusable(f"{address} may not be called: it is {reason}", where=request.name, code="E1322")
    return address


def _named(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, ssl.SSLError):
        return "tls_error"
    return "connection_lost" if isinstance(error, ConnectionError) else "network"
