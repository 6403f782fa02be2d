"""One guarded HTTP exchange: what is judged is what is called, nothing is followed elsewhere, and it ends in time (REQUIREMENTS T14)."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from goldfinch.core.live.failures import PrometheusAddressRefused
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.addresses import literal_of, refusal

MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
_OTHER_SERVICES: Final = frozenset({2049, 2379, 3306, 5432, 6000, 6379, 6443, 9042, 9200, 10250, 11211, 27017})
"""Ports above 1023 where something else than a Prometheus listens, and would take a request for a command."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that was checked; the addresses of its host are judged when it is called."""

    parts: SplitResult
    host: str
    port: int
    allow_private: bool

    @property
    def shown(self) -> str:
        return Redactor().line(self.parts.geturl())


def endpoint(url: str, *, allow_private: bool) -> Endpoint:
    """Raises `PrometheusAddressRefused`."""
    shown = Redactor().line(url)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        literal = literal_of(host) if host else None
    except ValueError as error:
        raise PrometheusAddressRefused(f"malformed URL: {error}", where=shown) from None
    if parts.scheme not in ("http", "https") or not host or not host.isascii():
        raise PrometheusAddressRefused("the URL must start with http:// or https:// and name a host", where=shown)
    if parts.username is not None or parts.password is not None:
        raise PrometheusAddressRefused("the URL holds a user or password", where=shown, hint="send them in a header")
    if port not in (80, 443) and (port < 1024 or port in _OTHER_SERVICES):
        raise PrometheusAddressRefused(
            f"port {port} may not be called", where=shown, hint="80, 443, or a port of a Prometheus such as 9090"
        )
    if literal is not None and (why := refusal(literal, allow_private=allow_private)):
        raise PrometheusAddressRefused(why, where=shown, hint="" if "private" not in why else "allow_private permits it")
    return Endpoint(parts, host, port, allow_private)


def post(to: Endpoint, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> tuple[int, bytes]:
    """Status and body, or after `timeout_s` none. Raises `OSError`, `http.client.HTTPException` and `PrometheusAddressRefused`."""
    connection = http.client.HTTPConnection(to.host, to.port, timeout=timeout_s)
    connection.default_port = 443 if to.parts.scheme == "https" else 80
    connection.auto_open = 0  # never past the judgement of addresses
    connection.sock = _socket(to, timeout_s)
    try:
        with _cut_after(connection.sock, timeout_s) as is_cut:
            try:
                connection.request("POST", to.parts.path.rstrip("/") + path, body, dict(headers))
                response = connection.getresponse()
                content = response.read(MAX_REPLY_BYTES + 1)
            except (OSError, http.client.HTTPException):
                if is_cut.is_set():
                    raise TimeoutError from None
                raise
            if is_cut.is_set():
                raise TimeoutError
    finally:
        connection.close()
    if len(content) > MAX_REPLY_BYTES:
        raise http.client.HTTPException("its answer is too long")
    return response.status, content


def _socket(to: Endpoint, timeout_s: float) -> socket.socket:
    """Connected to an address that was judged: a name with any refused address is refused as a whole, and no name is asked twice."""
    found = socket.getaddrinfo(to.host.encode("ascii"), to.port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if why := refusal(str(address[0]), allow_private=to.allow_private):
            raise PrometheusAddressRefused(f"{to.host} resolves to an address that is refused: {why}", where=to.shown)
    failed: OSError | None = None
    for family, kind, protocol, _, address in found:
        candidate = socket.socket(family, kind, protocol)
        candidate.settimeout(timeout_s)
        try:
            candidate.connect(address)
            if to.parts.scheme == "https":
                return ssl.create_default_context().wrap_socket(candidate, server_hostname=to.host)
        except OSError as error:
            candidate.close()
            failed = error
        else:
            return candidate
    raise failed or OSError("no address")


@contextmanager
def _cut_after(connected: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Shut the connection down when time is over: a server that sends a byte now and then resets every other limit."""
    is_cut = threading.Event()

    def cut() -> None:
        is_cut.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_cut
    finally:
        timer.cancel()
