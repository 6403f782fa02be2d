"""A proxy on loopback between other people's code and the models that it asks, so that any SDK in any language is recorded.

It runs on a thread and an event loop of its own: an agent that blocks the loop of the run must not block the proxy that it waits for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import web
from yarl import URL

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import GivenReply
from goldfinch.ports.exchanges import Asked, Exchanges, NotSent

MAX_REQUEST_BYTES = 64 * 1024 * 1024
MAX_REPLY_BYTES = 32 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0
MISS_STATUS = 404
"""SDKs ask again after 408, 409, 429 and 5xx, and take 401 and 403 for a wrong key; a miss is none of these."""

_OF_ONE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "host", "content-length", "content-encoding", "accept-encoding"}
)


class RecordingProxy:
    """Listens on loopback from `start` to `stop`; `address_of(route)` is the base address to give to an SDK.

    `upstreams` maps a route, named for the environment variable that leads to it, to the address that it stands for: nothing else can be
    reached. A secret part of every path keeps other programs on this machine, and web pages, from using it.
    """

    def __init__(self, upstreams: Mapping[str, str], exchanges: Exchanges, redact: Redactor | None = None) -> None:
        self._upstreams = {route: address.rstrip("/") for route, address in upstreams.items()}
        self._exchanges = exchanges
        self._redact = redact or Redactor()
        self._token = token_hex(8)
        self._port = 0
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="goldfinch-recording-proxy", daemon=True)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"RecordingProxy({sorted(self._upstreams)})"

    def start(self) -> None:
        """Return when the proxy listens. Raises `OSError`."""
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise OSError(f"the recording proxy cannot listen: {self._failed}") from self._failed

    def stop(self) -> None:
        """Finish what is being passed on, then end."""
        if self._loop is not None and self._stopping is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def address_of(self, route: str) -> str:
        """The address that stands for the route's upstream."""
        return f"http://127.0.0.1:{self._port}/{self._token}/{route}"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits in `start`
            self._failed = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/{token}/{route}{rest:(?:/.*)?}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0, handle_signals=False)
        await runner.setup()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)
        connector = aiohttp.TCPConnector(limit=0)
        session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with session:
                self._session = session
                site = web.TCPSite(runner, "127.0.0.1", 0)
                await site.start()
                self._port = runner.addresses[0][1]
                self._ready.set()
                await self._stopping.wait()
                await _some_turns()  # whoever was just let in becomes a connection, which asyncio forgets once the server is closed
                await runner.cleanup()  # while the session is open: what is being passed on ends well
        finally:
            await runner.cleanup()
            await _some_turns()  # connections that were closed just now end in the next turn of the loop

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        route = request.match_info["route"]
        if request.match_info["token"] != self._token or route not in self._upstreams:
            return _said(MISS_STATUS, f"the recording proxy of Goldfinch leads to {', '.join(self._upstreams)} and nowhere else")
        path = request.rel_url.raw_path_qs.removeprefix(f"/{self._token}/{route}")
        try:
            return await self._answer(request, route, path)
        except NotSent as why:
            return _said(MISS_STATUS, f"{why} (in place of {self._redact(self._upstreams[route])})", why.code)
        except GoldfinchError as error:
            return _said(MISS_STATUS, str(error), error.code)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return _broken(request)

    async def _answer(self, request: web.Request, route: str, path: str) -> web.StreamResponse:
        url = f"${{{route}}}{path}"
        try:
            body = await _body_of(request)
        except _Unfit as unfit:  # in a replay it is a miss like any other: it is looked up, as what is never recorded
            self._exchanges.recall(self._exchanges.asked(f"{unfit.kind} {request.method}", url, {}, b""))
            return _said(unfit.status, f"{unfit} can be neither recorded nor replayed")
        asked = self._exchanges.asked(request.method, url, request.headers, body)
        replayed = self._exchanges.recall(asked)
        if replayed is not None:
            return await _give(request, replayed)
        return await self._pass_on(request, asked, f"{self._upstreams[route]}{path}", body)

    async def _pass_on(self, request: web.Request, asked: Asked, url: str, body: bytes) -> web.StreamResponse:
        if self._session is None:
            raise RuntimeError("the proxy is not started")
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _OF_ONE_CONNECTION]
        upstream = URL(url, encoded=True)
        async with self._session.request(
            request.method, upstream, headers=headers, data=body or None, allow_redirects=False, **_way_out(upstream)
        ) as reply:
            response = web.StreamResponse(status=reply.status, reason=reply.reason)
            response.headers.extend((name, value) for name, value in reply.headers.items() if name.lower() not in _OF_ONE_CONNECTION)
            heard = _Heard(self._exchanges, asked, reply)
            try:
                await response.prepare(request)
                async for piece, ends_chunk in _capped(reply):
                    heard.take(piece, ends_chunk=ends_chunk)
                    await response.write(piece)
            except Exception:
                heard.keep(ended=False)
                raise
            heard.keep(ended=True)  # before the client hears of the end: it may end the run at once
            await response.write_eof()
            return response


def _way_out(url: URL) -> dict[str, Any]:
    """The network's own proxy, where the environment names one.

    Not aiohttp's `trust_env`: it also sends what `~/.netrc` holds for the host, which the client did not, and refuses a client's own key
    beside it.
    """
    address = None if url.host is None or proxy_bypass(url.host) else getproxies().get(url.scheme)
    if not address or not address.startswith(("http://", "https://")):
        return {}
    return {"proxy": URL(address)}


class _Unfit(Exception):
    """A request that cannot be passed on as an exchange."""

    def __init__(self, kind: str, status: int, what: str) -> None:
        super().__init__(what)
        self.kind, self.status = kind, status


async def _body_of(request: web.Request) -> bytes:
    """Raises `_Unfit`."""
    if request.headers.get("upgrade", "").lower() == "websocket":
        raise _Unfit("WEBSOCKET", 501, "a WebSocket")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise _Unfit("OVERLONG", 413, f"a request of more than {MAX_REQUEST_BYTES} bytes") from error
    except web.RequestPayloadError as error:
        raise _Unfit("UNREADABLE", 400, "a request whose body cannot be read") from error


async def _some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class _Heard:
    """What came of a reply so far, in the chunks in which the upstream sent it."""

    def __init__(self, exchanges: Exchanges, asked: Asked, reply: aiohttp.ClientResponse) -> None:
        self._exchanges = exchanges
        self._asked = asked
        self._reply = reply
        self._chunks: list[bytes] = []
        self._open: list[bytes] = []

    def take(self, piece: bytes, *, ends_chunk: bool) -> None:
        self._open.append(piece)
        if ends_chunk:
            self._chunks.append(b"".join(self._open))
            self._open = []

    def keep(self, *, ended: bool) -> None:
        chunks = [*self._chunks, b"".join(self._open)]
        try:
            self._exchanges.keep(self._asked, self._reply.status, tuple(self._reply.headers.items()), chunks, ended=ended)
        except GoldfinchError as error:  # whoever records knows, and stops the run; the client is part-way through a reply
            raise ConnectionAbortedError(str(error)) from error


async def _capped(reply: aiohttp.ClientResponse) -> AsyncIterator[tuple[bytes, bool]]:
    seen = 0
    if reply.content.at_eof():  # aiohttp has one stream for all empty bodies, which says only once that it has ended
        return
    async for piece, ends_chunk in reply.content.iter_chunks():
        seen += len(piece)
        if seen > MAX_REPLY_BYTES:
            raise aiohttp.ClientPayloadError(f"the reply is longer than {MAX_REPLY_BYTES} bytes")
        yield piece, ends_chunk


async def _give(request: web.Request, reply: GivenReply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
    await response.prepare(request)
    for chunk in reply.chunks:
        await response.write(chunk)
    if not reply.ended:
        return _broken(request)
    await response.write_eof()
    return response


def _broken(request: web.Request) -> web.StreamResponse:
    """Break the connection: what happened upstream happens to the client."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


def _said(status: int, message: str, code: str | None = None) -> web.Response:
    """An error in the format of the model providers; no SDK is to ask again."""
    error = {"message": message, "type": "goldfinch_recording", "code": code, "param": None}
    return web.json_response({"error": error}, status=status, headers={"x-should-retry": "false"})
