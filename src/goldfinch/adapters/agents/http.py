"""A service under test, called over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec
from yarl import URL

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind, Output, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire import template
from goldfinch.core.wire.json_values import clean_text
from goldfinch.core.wire.paths import PathNotFound, find, look_up
from goldfinch.core.wire.sse import EventReader, EventStreamTooLong
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.exchanges import Exchanges
from goldfinch.ports.prices import Prices
from goldfinch.settings import HttpAgent

from .environment import expand, secrets_in
from .exchanging_client import client_for
from .failures import answer_failed, retry_after_s
from .http_client import HttpClient, Reply, checked_url
from .outputs import OutputInvalid, decode_json, invalid, priced, read_fields

_WRONG_ADDRESS = frozenset({404, 405, 410})


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent for every case, before the case is filled in."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any

    def filled(self, values: Mapping[str, Any]) -> tuple[URL, dict[str, str], bytes | None]:
        url = URL(template.fill_text(self.url, values, template.for_url), encoded=True)
        headers = {name: template.fill_text(text, values, template.for_header) for name, text in self.headers.items()}
        body = None if self.method == "GET" else msgspec.json.encode(template.fill(self.body, values))
        return url, headers, body


class HttpEndpointAgent:
    """Asks a service once per case. A reply that says 5xx is the service's own failure; see the guide for the whole table."""

    def __init__(
        self,
        settings: HttpAgent,
        *,
        prices: Prices,
        environment: Mapping[str, str],
        redact: Redactor | None = None,
        client: HttpClient | None = None,
        exchanges: Exchanges | None = None,
    ) -> None:
        _check_templates(settings)
        self._version = sha256(json.dumps(settings.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()[:16]
        settings = settings.model_copy(update={"url": expand(settings.url, environment, where="agent.url")})
        self._settings = settings
        self._redact = redact or Redactor([secret for text in settings.headers.values() for secret in secrets_in(text, environment)])
        base = checked_url(_without_holes(settings.url), allow_private=settings.allow_private)
        self._name = f"{base.scheme}://{base.host}{':' + str(base.explicit_port) if base.explicit_port else ''}{base.path}"
        self._origin = str(base.origin())
        headers = {name: expand(text, environment, where=f"agent.headers.{name}") for name, text in settings.headers.items()}
        if settings.method != "GET" and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
        self._request = _Request(settings.method, settings.url, headers, settings.body)
        self._client = client or client_for(exchanges, name=self._name, allow_private=settings.allow_private, redact=self._redact)
        self._prices = prices

    def __repr__(self) -> str:
        return f"HttpEndpointAgent({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """A hash of the settings, header templates included but never the values of `${NAME}`.

        The code behind the URL is not seen from here: give the deployed version in the URL or a header where answers are cached.
        """
        return self._version

    @property
    def limit_key(self) -> str:
        return self._origin

    @property
    def timeout_kind(self) -> FailureKind:
        return FailureKind.TIMEOUT

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        """Unknown before the call: what the service spends is its own affair."""
        return None

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        values = {"input": case.input, "context": case.context, "case_id": case.id, "trial": trial, "seed": seed}
        url, headers, body = self._request.filled(values)
        if self._settings.stream:
            return await self._answer_streamed(url, headers, body)
        reply = await self._client.send(self._settings.method, url, headers=headers, body=body)
        self._check_status(reply)
        try:
            return priced(self._read(reply.body), self._prices)
        except OutputInvalid as error:
            raise self._invalid(error) from None

    async def __aenter__(self) -> Self:
        self._client.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._client.close()

    def _read(self, body: bytes) -> Output:
        settings = self._settings
        if not _reads_json(settings):
            return Output(text=clean_text(body.decode("utf-8", "replace")))
        return self._read_value(decode_json(body))

    def _read_value(self, value: Any, text: str | None = None) -> Output:
        """Take the answer and what it took from the reply's JSON."""
        settings = self._settings
        fields: dict[str, Any] = {"text": text, "messages": _required(value, settings.messages_path)}
        if settings.data_path is not None:
            fields["data"] = _required(value, settings.data_path)
        if settings.text_path is not None and text is None:
            fields |= _answer(_required(value, settings.text_path))
        fields["cost_usd"] = find(value, settings.cost_path)
        fields["model"] = find(value, settings.model_path)
        tokens = (find(value, settings.input_tokens_path), find(value, settings.output_tokens_path))
        output = read_fields(fields)
        return output if tokens == (None, None) else replace(output, usage=_usage(*tokens))

    async def _answer_streamed(self, url: URL, headers: Mapping[str, str], body: bytes | None) -> Output:
        started = perf_counter()
        async with self._client.stream(self._settings.method, url, headers=headers, body=body) as reply:
            if reply.status >= 300:
                self._check_status(Reply(reply.status, reply.headers, await self._client.read(reply)))
            answer = _Streamed(self._settings.text_path)
            try:
                await self._collect(reply, answer, started)
                output = self._read_value(answer.last, "".join(answer.parts))
            except (OutputInvalid, EventStreamTooLong) as error:
                raise self._invalid(OutputInvalid(str(error))) from None
        return priced(replace(output, first_token_ms=answer.first_token_ms), self._prices)

    async def _collect(self, reply: aiohttp.ClientResponse, answer: _Streamed, started: float) -> None:
        events = EventReader()
        async for chunk in self._client.chunks(reply):
            for event in events.feed(chunk):
                answer.add(event.data, started)
        last = events.close()
        if last is not None:
            answer.add(last.data, started)
        if not answer.events:
            raise OutputInvalid("the reply holds no server-sent event")

    def _check_status(self, reply: Reply) -> None:
        status = reply.status
        if 200 <= status < 300:
            return
        said = self._redact.line(reply.body[:2000].decode("utf-8", "replace"), 200)
        shown = f"the service answered {status}" + (f": {said}" if said else "")
        if status in (401, 403):
            raise AgentUnusable(shown, where=self._name, hint="check the credentials in agent.headers", code="E1331")
        if status in _WRONG_ADDRESS and not template.has_holes(self._settings.url):
            raise AgentUnusable(shown, where=self._name, hint="check agent.url and agent.method", code="E1332")
        kinds = {429: FailureKind.RATE_LIMITED, 408: FailureKind.TIMEOUT}
        kind = kinds.get(status, FailureKind.SERVER_ERROR if status >= 500 else FailureKind.EXCEPTION)
        raise answer_failed(kind, shown, status=status, retry_after_s=retry_after_s(reply.headers))

    def _invalid(self, error: OutputInvalid) -> AnswerFailed:
        return invalid(OutputInvalid(self._redact.line(str(error))))


class _Streamed:
    """The answer of an event stream, as it comes in."""

    def __init__(self, text_path: str | None) -> None:
        self._path = text_path
        self.parts: list[str] = []
        self.last: Any = {}
        self.events = 0
        self.first_token_ms: float | None = None

    def add(self, data: str, started: float) -> None:
        """Take one event's data. `last` becomes one object with every member seen, later ones winning: usage often comes last."""
        self.events += 1
        if data.strip() == "[DONE]":
            return
        piece = data
        if self._path is not None:
            value = decode_json(data)
            if isinstance(value, dict):
                self.last = {**self.last, **value}
            found = find(value, self._path)
            piece = found if isinstance(found, str) else ""
        if piece and self.first_token_ms is None:
            self.first_token_ms = (perf_counter() - started) * 1000
        self.parts.append(piece)


def _reads_json(settings: HttpAgent) -> bool:
    paths = (
        settings.text_path,
        settings.data_path,
        settings.messages_path,
        settings.input_tokens_path,
        settings.output_tokens_path,
        settings.cost_path,
        settings.model_path,
    )
    return any(path is not None for path in paths)


def _required(value: Any, path: str | None) -> Any:
    if path is None:
        return None
    try:
        return look_up(value, path)
    except PathNotFound as error:
        raise OutputInvalid(f"the reply has {error}") from None


def _answer(found: Any) -> dict[str, Any]:
    """What stands at `text_path`: text, or a structure that then is the answer's data."""
    if isinstance(found, str):
        return {"text": clean_text(found)}
    if isinstance(found, dict | list):
        return {"data": found}
    raise OutputInvalid(f"the reply has {found!r:.40} where the answer's text should be")


def _usage(input_tokens: Any, output_tokens: Any) -> Usage:
    for count in (input_tokens, output_tokens):
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
            raise OutputInvalid(f"the token count is {count!r:.40}, not a whole number of at least 0")
    return Usage(input_tokens, output_tokens)


def _check_templates(settings: HttpAgent) -> None:
    for key, part in (("url", settings.url), ("body", settings.body), ("headers", settings.headers)):
        try:
            template.check(part)
        except template.TemplateError as error:
            raise ConfigurationError(str(error), where=f"agent.{key}", code="E1333") from None
    authority = settings.url.partition("://")[2].partition("/")[0].partition("?")[0]
    if template.has_holes(authority) or "{{" in authority:
        raise ConfigurationError("the host may not come from the case", where="agent.url", code="E1334")


def _without_holes(url: str) -> str:
    return template.fill_text(url, dict.fromkeys(template.NAMES, "x"), template.for_url)
