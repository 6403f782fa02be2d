"""A service that smoke tests and probe sessions try, over HTTP: asked as an evaluation asks it, and heard for which release answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.core.rollout.arms import SESSION_HEADER
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.prices import Prices
from goldfinch.ports.probe_target import Said
from goldfinch.settings import HttpAgent

from .http import HttpEndpointAgent
from .http_client import HttpClient, Reply, checked_url

_LONGEST_ID = 200
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


class HttpProbeTarget:
    """`agent` says how a question is put; `headers` go with every request, the session in `x-session-id`."""

    def __init__(
        self,
        agent: HttpAgent,
        *,
        release_headers: tuple[str, ...],
        prices: Prices,
        environment: Mapping[str, str],
        redact: Redactor,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        own = {**(headers or {}), SESSION_HEADER: "{{ case_id }}"}
        kept = {name: text for name, text in agent.headers.items() if name.lower() not in {name.lower() for name in own}}
        agent = agent.model_copy(update={"headers": kept | own})
        base = checked_url(agent.url.partition("{{")[0], allow_private=agent.allow_private)
        self._origin = base.origin()
        self._client = _HearingClient(release_headers, name=str(self._origin), allow_private=agent.allow_private, redact=redact)
        self._agent = HttpEndpointAgent(agent, prices=prices, environment=environment, redact=redact, client=self._client)
        self._redact = redact

    async def healthy(self, path: str) -> Failure | None:
        try:
            reply = await self._client.send("GET", self._origin.join(URL(path)), headers={}, body=None)
        except AnswerFailed as failed:
            return failed.failure
        if 200 <= reply.status < 300:
            return None
        said = self._redact.line(reply.body[:500].decode("utf-8", "replace"), 200)
        return Failure(FailureKind.SERVER_ERROR, f"{path} answered {reply.status}" + (f": {said}" if said else ""), reply.status)

    async def say(self, turn: Case, *, session: str) -> Said:
        heard: list[str] = []
        token = _heard.set(heard)
        try:
            output = await self._agent.answer(replace(turn, id=session), trial=0, seed=None)
        except AnswerFailed as failed:
            output = replace(failed.output, failure=failed.failure)
        finally:
            _heard.reset(token)
        return Said(output, heard[-1] if heard else None)

    async def __aenter__(self) -> Self:
        await self._agent.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._agent.__aexit__(kind, error, traceback)


class _HearingClient(HttpClient):
    """Notes which release each reply names, also a reply that is a failure."""

    def __init__(self, release_headers: tuple[str, ...], *, name: str, allow_private: bool, redact: Redactor) -> None:
        super().__init__(name=name, allow_private=allow_private, redact=redact)
        self._release_headers = release_headers

    async def send(self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None) -> Reply:
        reply = await super().send(method, url, headers=headers, body=body)
        self._hear(reply.headers)
        return reply

    @asynccontextmanager
    async def stream(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        async with super().stream(method, url, headers=headers, body=body) as reply:
            self._hear(reply.headers)
            yield reply

    def _hear(self, headers: Mapping[str, str]) -> None:
        heard = _heard.get()
        named = next((found for name in self._release_headers if (found := headers.get(name))), None)
        if heard is not None and named is not None:
            heard.append(named[:_LONGEST_ID])
