"""One OTLP/HTTP endpoint, called from a thread with the standard library's client.

Not aiohttp: a session lives on an event loop whose resolver has threads that the interpreter waits for at exit, and a hanging name server
would hold up the end of a run. No proxy, no redirect, no cookie; the reply is read up to a limit.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from math import isfinite
from time import time
from typing import Any
from urllib.parse import urlsplit

from goldfinch.core.telemetry.delivery import Reply
from goldfinch.core.telemetry.otlp import CONTENT_TYPE, read_reply
from goldfinch.core.telemetry.targets import Target
from goldfinch.core.wire.addresses import refusal

MOST_REPLY_BYTES = 64 * 1024


class AddressRefused(OSError):
    """The host resolves to an address that may not be called (REQUIREMENTS T14)."""


class OtlpPoster:
    """Sends requests to one target over a connection that is kept. Used by one thread at a time."""

    def __init__(self, target: Target) -> None:
        self._target = target
        parts = urlsplit(target.url)
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_tls else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {**target.headers, "Content-Type": CONTENT_TYPE, "User-Agent": "goldfinch"}
        if target.gzip:
            self._headers["Content-Encoding"] = "gzip"
        self._connection: http.client.HTTPConnection | None = None

    def __repr__(self) -> str:
        return f"OtlpPoster({self._target.name!r})"

    def post(self, body: bytes, timeout_s: float | None) -> Reply:
        """Send one request and read its reply. Never raises for what the network or the other side does."""
        limit = self._target.timeout_s if timeout_s is None else min(timeout_s, self._target.timeout_s)
        packed = gzip.compress(body, 1) if self._target.gzip else body
        was_kept = self._connection is not None
        try:
            return self._exchange(packed, limit)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not (was_kept and isinstance(error, http.client.RemoteDisconnected | ConnectionError)):
                return Reply(None, _in_words(error))
        try:  # a kept connection that the other side had closed meanwhile says nothing about the collector
            return self._exchange(packed, limit)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Reply(None, _in_words(error))

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _exchange(self, body: bytes, limit_s: float) -> Reply:
        connection = self._connection or self._connect(limit_s)
        if connection.sock is not None:
            connection.sock.settimeout(limit_s)
        connection.request("POST", self._path, body, self._headers)
        response = connection.getresponse()
        read = response.read(MOST_REPLY_BYTES)
        if response.will_close or not response.isclosed():
            self.close()  # it wants to, or its reply has no end
        partial = read_reply(read) if 200 <= response.status < 300 else read_reply(b"")
        wait = _retry_after_s(response.getheader("Retry-After"))
        return Reply(response.status, "", wait, partial.rejected, " ".join(partial.message.split())[:200])

    def _connect(self, limit_s: float) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=limit_s)
        connection.default_port = 443 if self._is_tls else 80  # the Host header names any other
        connection.auto_open = 0  # never past the judgement of addresses
        connection.sock = self._socket(limit_s)
        self._connection = connection
        return connection

    def _socket(self, limit_s: float) -> socket.socket:
        """Connect to an address that was judged: what is resolved here is what is called."""
        # As bytes: a text would load the tables of international names, which an ASCII host does not need, at 2 ms.
        found = socket.getaddrinfo(self._host.encode("ascii"), self._port, type=socket.SOCK_STREAM)
        for *_, address in found:
            reason = refusal(str(address[0]), allow_private=True)
            if reason is not None:
                raise AddressRefused(f"refused: {reason}")
        plain = _first_that_connects(found, limit_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._is_tls:
            return plain
        try:
            return ssl.create_default_context(cafile=self._target.certificate).wrap_socket(plain, server_hostname=self._host)
        except BaseException:
            plain.close()
            raise


def _first_that_connects(found: Iterable[tuple[Any, ...]], limit_s: float) -> socket.socket:
    failed: OSError | None = None
    for family, kind, protocol, _, address in found:
        candidate = socket.socket(family, kind, protocol)
        candidate.settimeout(limit_s)
        try:
            candidate.connect(address)
        except OSError as error:
            candidate.close()
            failed = error
        else:
            return candidate
    raise failed or OSError("no address")


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "it did not answer in time"),
    (ConnectionRefusedError, "connection refused"),
    (socket.gaierror, "its name is unknown"),
    (ssl.SSLError, "the TLS connection failed"),
    (FileNotFoundError, "no such certificate file"),
    (http.client.RemoteDisconnected, "it closed the connection"),
    (http.client.HTTPException, "it does not speak HTTP"),
)


def _in_words(error: Exception) -> str:
    """What went wrong with the connection, in a few words and without anything that the other side wrote."""
    if isinstance(error, AddressRefused):
        return str(error)
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


def _retry_after_s(written: str | None) -> float | None:
    """Seconds or an HTTP date; None for anything else."""
    if written is None:
        return None
    try:
        seconds = float(written)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(written).timestamp() - time()
        except (ValueError, OverflowError, TypeError):
            return None
    return max(0.0, seconds) if isfinite(seconds) else None
