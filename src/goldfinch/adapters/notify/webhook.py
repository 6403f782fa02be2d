"""People are told by a POST to a URL that the settings name. Source: T14, OWASP server-side request forgery."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.rollout.commands import Notify
from goldfinch.core.serving import codes
from goldfinch.core.serving.failures import WebhookRefused
from goldfinch.core.wire.addresses import refusal

TIMEOUT_S = 8.0
Resolve = Callable[[str, int], list[Any]]


def _resolve(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Webhook:
    """One POST a message: `{"rollout", "urgency", "text"}`. The address checked is the one called; no redirect."""

    def __init__(self, url: str, *, allow_private: bool = False, resolve: Resolve = _resolve, timeout_s: float = TIMEOUT_S) -> None:
        """Raises `WebhookRefused` where it is no http(s) URL."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise WebhookRefused("is no URL", where="serve.webhook") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise WebhookRefused("is no http(s) URL without a name in it", where="serve.webhook")
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname, port or (443 if self._tls else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._allow_private, self._resolve, self._timeout_s = allow_private, resolve, timeout_s

    def __repr__(self) -> str:
        return f"Webhook({self._host!r})"  # the path of a webhook is a secret

    async def tell(self, rollout_id: str, message: Notify) -> None:
        """Raises `WebhookRefused`, `InfrastructureError`."""
        await asyncio.to_thread(self._post, {"rollout": rollout_id, "urgency": str(message.urgency), "text": message.text})

    def _post(self, body: dict[str, str]) -> None:
        try:
            status = self._exchange(json.dumps(body).encode())
        except (OSError, http.client.HTTPException) as error:
            raise InfrastructureError(f"does not answer: {error}"[:200], where=f"webhook {self._host}") from error
        if status >= 300:
            raise InfrastructureError(f"answers {status}", where=f"webhook {self._host}")

    def _exchange(self, body: bytes) -> int:
        """To an address that may be called: what the name says a second later is not asked."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        plain = socket.create_connection((self._allowed_address(), self._port), self._timeout_s)
        with plain, _ended_after(plain, self._timeout_s):
            connection.sock = plain
            if self._tls:
                connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._host)
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json", "User-Agent": "goldfinch"})
                return connection.getresponse().status
            finally:
                connection.close()

    def _allowed_address(self) -> str:
        refused = ""
        try:
            resolved = self._resolve(self._host, self._port)
        except UnicodeError as error:
            raise WebhookRefused("is no name of a host", where=f"webhook {self._host}"[:80]) from error
        for *_, address in resolved:
            found = str(address[0])
            refused = refusal(found, allow_private=self._allow_private) or ""
            if not refused:
                return found
        what = refused or "leads nowhere"
        hint = "use a public address, or set serve.allow_private"
        raise WebhookRefused(what, where=f"webhook {self._host}", hint=hint, code=codes.WEBHOOK_REFUSED)


@contextmanager
def _ended_after(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Shut down when time is over, all in all: a server that sends a byte now and then resets every other limit, and would hold one of the
    few threads that the rollout acts by."""
    descriptor = connected.dup()  # TLS takes the other one over

    def end() -> None:
        with suppress(OSError):
            descriptor.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        descriptor.close()
