"""The one place where agents speak HTTP: a thin, guarded layer over aiohttp."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict, istr
from yarl import URL

from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.addresses import literal_of, refusal
from goldfinch.ports.tracer import current_span

from .failures import answer_failed

MAX_REPLY_BYTES = 32 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0
MAX_REDIRECTS = 3
_NO_HOST_NAME = re.compile(r"[^\w.-]")
_KEEPS_METHOD = frozenset({307, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRACEPARENT = istr("traceparent")  # its lower case is known, and not found anew for every request


class AddressRefused(OSError):
    """A name resolved to an address that may not be called."""


class ReplyTooLong(ValueError):
    """A reply exceeds the cap on its size."""


_FAILED: tuple[tuple[tuple[type[Exception], ...], FailureKind, str], ...] = (
    ((ReplyTooLong,), FailureKind.INVALID_OUTPUT, "the reply is too long"),
    ((aiohttp.ConnectionTimeoutError,), FailureKind.NETWORK, f"no connection within {CONNECT_TIMEOUT_S:g} s"),
)
_HOPELESS: tuple[tuple[tuple[type[Exception], ...], str, str, str], ...] = (
    ((aiohttp.InvalidURL,), "E1320", "malformed URL", ""),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "E1323",
        "the TLS connection failed",
        "check the certificate and the URL's scheme",
    ),
)


class Reply(NamedTuple):
    """A whole reply."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def checked_url(text: str, *, allow_private: bool) -> URL:
    """Parse an endpoint. Raises `ConfigurationError` for what is no http(s) URL, `AgentUnusable` for an address that is refused."""
    shown = Redactor().line(text)
    try:
        url = URL(text)
        host, _ = url.host, url.port
    except ValueError as error:
        raise ConfigurationError(f"malformed URL: {error}", where=shown, code="E1320") from None
    if url.scheme not in ("http", "https") or not host:
        raise ConfigurationError("the URL must start with http:// or https:// and name a host", where=shown, code="E1320")
    if url.user is not None or url.password is not None:
        raise ConfigurationError("the URL holds a user or password", where=shown, hint="send them in a header: ${NAME}", code="E1321")
    _check_host(host, shown, allow_private)
    return url


def _check_host(host: str, shown: str, allow_private: bool) -> None:
    try:
        literal = literal_of(host)
    except ValueError as error:
        raise ConfigurationError(f"malformed address: {error}", where=shown, code="E1320") from None
    if literal is None:
        if _NO_HOST_NAME.search(host):
            raise ConfigurationError(f"{host!r} is no host name", where=shown, hint="was a template left unfilled?", code="E1320")
        try:
            host.encode("idna")  # what asks the resolver raises this outside of everything that is caught
        except UnicodeError:
            raise ConfigurationError(f"{host[:80]!r} is no host name", where=shown[:200], code="E1320") from None
        return
    reason = refusal(literal, allow_private=allow_private)
    if reason is not None:
        raise AgentUnusable(f"refused: {reason}", where=shown, code="E1322")
    if ":" not in host and host != literal:
        raise ConfigurationError(f"the address {host} is written in an unusual way", where=shown, hint=f"write {literal}", code="E1320")


class PinnedResolver(AbstractResolver):
    """Resolves each name once, judges every address it has, and keeps the answer for the life of the session.

    What was judged is what is connected to: a name that changes its address later (DNS rebinding) has no effect. A name with any
    refused address is refused as a whole.
    """

    def __init__(self, *, allow_private: bool, resolver: AbstractResolver | None = None) -> None:
        self._allow_private = allow_private
        self._resolver = resolver or aiohttp.ThreadedResolver()
        self._pinned: dict[str, asyncio.Task[list[ResolveResult]]] = {}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        lookup = self._pinned.get(host)
        if lookup is None or (lookup.done() and (lookup.cancelled() or _failed_lookup(lookup))):
            lookup = self._pinned[host] = asyncio.create_task(self._look_up(host, port, family))
        found = await asyncio.shield(lookup)
        return [ResolveResult(**{**entry, "port": port}) for entry in found]

    async def close(self) -> None:
        pending = [lookup for lookup in self._pinned.values() if not lookup.done()]
        for lookup in pending:
            lookup.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._resolver.close()

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for entry in found:
            reason = refusal(entry["host"], allow_private=self._allow_private)
            if reason is not None:
                raise AddressRefused(f"{host} resolves to an address that is refused: {reason}")
        return found


def _failed_lookup(lookup: asyncio.Task[list[ResolveResult]]) -> bool:
    """A name that failed to resolve is looked up again; one that was refused stays refused."""
    error = lookup.exception()
    return error is not None and not isinstance(error, AddressRefused)


class HttpClient:
    """A session for one agent: no cookies, no proxy from the environment, no redirect to another host, a cap on replies.

    How long one call may take is the caller's choice, who cancels it. `broken_reply` is whose failure a truncated reply is.
    How many calls run at once is the caller's choice too: the session opens as many connections as there are calls in flight.
    """

    def __init__(
        self,
        *,
        name: str,
        allow_private: bool,
        redact: Redactor,
        broken_reply: FailureKind = FailureKind.INVALID_OUTPUT,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.name = name
        self.redact = redact
        self._allow_private = allow_private
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)
        self._broken_reply = broken_reply
        self._max = max_reply_bytes
        self._resolver = resolver
        self._open: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"HttpClient({self.name!r})"

    def open(self) -> None:
        """Make the session; must run inside the event loop."""
        resolver = PinnedResolver(allow_private=self._allow_private, resolver=self._resolver)
        connector = aiohttp.TCPConnector(limit=0, resolver=resolver, use_dns_cache=False, keepalive_timeout=30)
        self._open = aiohttp.ClientSession(
            connector=connector,
            connector_owner=True,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trust_env=False,
            auto_decompress=True,
            headers={"User-Agent": "goldfinch"},
        )

    async def close(self) -> None:
        """Close every connection."""
        session, self._open = self._open, None
        if session is not None:
            await session.close()

    async def send(self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and read the whole reply. Raises `AnswerFailed` and `AgentUnusable`."""
        try:
            reply = await self._request(method, url, headers, body)
            try:
                return Reply(reply.status, reply.headers, await self.read(reply))
            finally:
                reply.close()  # ends a connection that was not read to its end; a whole reply has already given its connection back
        except (aiohttp.ClientError, TimeoutError, OSError, ReplyTooLong) as error:
            raise self._translated(error) from error

    @asynccontextmanager
    async def stream(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and hand over the reply as its headers arrive; errors inside the block are translated too."""
        try:
            reply = await self._request(method, url, headers, body)
            async with reply:
                yield reply
        except (aiohttp.ClientError, TimeoutError, OSError, ReplyTooLong) as error:
            raise self._translated(error) from error

    async def read(self, reply: aiohttp.ClientResponse) -> bytes:
        """Read a body, at most the cap: counted after decompression, so that a small bomb is none."""
        length = reply.content_length
        if length is not None and length <= self._max and "Content-Encoding" not in reply.headers:
            return await reply.read()
        return b"".join([chunk async for chunk in self.chunks(reply)])

    async def chunks(self, reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Give the body piece by piece; raises `ReplyTooLong` past the cap."""
        seen = 0
        async for chunk in reply.content.iter_any():
            seen += len(chunk)
            if seen > self._max:
                raise ReplyTooLong(f"the reply is longer than {self._max} bytes")
            yield chunk

    async def _request(self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None) -> aiohttp.ClientResponse:
        if self._open is None:
            raise RuntimeError("the agent is not open; use `async with agent:`")
        if (span := current_span.get()) is not None:
            headers = CIMultiDict(headers)  # what aiohttp makes of them anyway: a dict would be made into one, key by key
            headers.setdefault(_TRACEPARENT, span.traceparent)  # the caller's own wins
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._open.request(method, url, headers=headers, data=body, allow_redirects=False)
            if reply.status not in _REDIRECTS or "Location" not in reply.headers:
                return reply
            target = reply.headers["Location"]
            reply.release()
            url = self._redirected(method, url, target, reply.status)
        raise self._unusable(f"more than {MAX_REDIRECTS} redirects", "E1324")

    def _redirected(self, method: str, url: URL, location: str, status: int) -> URL:
        """Follow only to the same origin, and only where the request stays what it was."""
        try:
            target = url.join(URL(location))
            same = target.origin() == url.origin()
        except ValueError:
            target, same = URL(), False
        if same and (status in _KEEPS_METHOD or method == "GET"):
            return target
        shown = self.redact.line(location, 120)
        raise self._unusable(f"the server redirects ({status}) to {shown}", "E1324", "set the URL to where the service really is")

    def _translated(self, error: Exception) -> Exception:
        """Say whose failure an error of the transport is."""
        refused = _cause(error, AddressRefused)
        if refused is not None:
            return self._unusable(str(refused), "E1322")
        shown = self.redact.line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        for kinds, code, what, hint in _HOPELESS:
            if isinstance(error, kinds):
                return self._unusable(f"{what}: {shown}", code, hint)
        if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
            return answer_failed(self._broken_reply, f"the reply is truncated or no valid HTTP: {shown}")
        for kinds, failure, what in _FAILED:
            if isinstance(error, kinds):
                return answer_failed(failure, f"{what}: {shown}")
        return answer_failed(FailureKind.NETWORK, shown)

    def _unusable(self, what: str, code: str, hint: str = "") -> AgentUnusable:
        return AgentUnusable(what, where=self.name, hint=hint, code=code)


def _cause(error: BaseException, kind: type[AddressRefused]) -> AddressRefused | None:
    """Find `kind` in what led to an error; aiohttp wraps what a resolver raises."""
    seen: Any = error
    while seen is not None:
        if isinstance(seen, kind):
            return seen
        seen = getattr(seen, "os_error", None) or cast("BaseException", seen).__cause__
    return None
