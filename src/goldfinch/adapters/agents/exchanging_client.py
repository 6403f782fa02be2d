"""The HTTP client of a run that is recorded or replayed. Other runs use `HttpClient` itself, which knows nothing of this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
from yarl import URL

from goldfinch.core.output import FailureKind
from goldfinch.core.wire.exchanges import GivenReply
from goldfinch.ports.exchanges import Asked, Exchanges, NotRecorded

from .failures import answer_failed
from .http_client import HttpClient, Reply


def client_for(exchanges: Exchanges | None, *, variable: tuple[str, URL] | None = None, **options: Any) -> HttpClient:
    """The client of an agent: a plain one, unless its exchanges are recorded or replayed.

    `variable` is the environment variable that says where the service is, and the address that it stands for.
    """
    return HttpClient(**options) if exchanges is None else ExchangingClient(exchanges, variable, **options)


class ExchangingClient(HttpClient):
    """Sends, and keeps what was replied; or gives recorded replies, and sends nothing: then no name is even looked up."""

    def __init__(self, exchanges: Exchanges, variable: tuple[str, URL] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._exchanges = exchanges
        self._variable = variable

    async def send(self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None) -> Reply:
        async with self.stream(method, url, headers=headers, body=body) as reply:
            return Reply(reply.status, reply.headers, await self.read(reply))

    @asynccontextmanager
    async def stream(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        asked = self._exchanges.asked(method, self._recorded_address(url), headers, body or b"")
        try:
            replayed = self._exchanges.recall(asked)
        except NotRecorded as miss:
            raise answer_failed(FailureKind.NOT_RECORDED, str(miss)) from None
        if replayed is None:
            async with super().stream(method, url, headers=headers, body=body) as reply:
                with _Overheard(reply, self._exchanges, asked) as overheard:
                    yield cast("aiohttp.ClientResponse", overheard)
            return
        try:
            yield cast("aiohttp.ClientResponse", _Replayed(replayed))
        except aiohttp.ClientPayloadError as error:
            raise self._translated(error) from error

    def _recorded_address(self, url: URL) -> str:
        """`${OPENAI_BASE_URL}/…`, as the recording proxy writes it: what was recorded behind a gateway is found without it."""
        if self._variable is None:
            return str(url)
        name, base = self._variable
        return f"${{{name}}}/{str(url).removeprefix(str(base)).lstrip('/')}" if str(url).startswith(str(base)) else str(url)


class _Overheard:
    """As much of a response as agents use, which remembers what was read of it and keeps that at the end."""

    content_length = None  # read in pieces, so that they are heard

    def __init__(self, reply: aiohttp.ClientResponse, exchanges: Exchanges, asked: Asked) -> None:
        self.status = reply.status
        self.headers: Mapping[str, str] = reply.headers
        self.content = self
        self._reply = reply
        self._exchanges = exchanges
        self._asked = asked
        self._chunks: list[bytes] = []
        self._ended = False

    def __enter__(self) -> _Overheard:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if kind is not None and not issubclass(kind, Exception):
            return  # called off: what was heard by then is no reply
        self._exchanges.keep(self._asked, self.status, tuple(self.headers.items()), self._chunks, ended=self._ended)

    async def iter_any(self) -> AsyncIterator[bytes]:
        is_open = False
        async for piece, ends_chunk in self._reply.content.iter_chunks():
            if is_open:
                self._chunks[-1] += piece
            else:
                self._chunks.append(piece)
            is_open = not ends_chunk
            yield piece
        self._ended = True


class _Replayed:
    """A recorded reply in the shape of a response."""

    content_length = None

    def __init__(self, reply: GivenReply) -> None:
        self.status = reply.status
        self.headers: Mapping[str, str] = dict(reply.headers)
        self.content = self
        self._chunks: Sequence[bytes] = reply.chunks
        self._ended = reply.ended

    async def iter_any(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if not self._ended:
            raise aiohttp.ClientPayloadError("the connection broke here when this was recorded")
