"""A chat model behind an OpenAI-compatible API, without the vendor's SDK (it costs 20 to 50 times our CPU time per call)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import msgspec
from multidict import CIMultiDict
from yarl import URL

from goldfinch.core.conversation import conversation
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind, Output, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.addresses import literal_of, refusal
from goldfinch.core.wire.openai_replies import ChatStream, ReplyInvalid, ResponseStream, error_of, read_chat, read_response
from goldfinch.core.wire.sse import EventReader, EventStreamTooLong
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.exchanges import Exchanges
from goldfinch.ports.prices import Prices
from goldfinch.settings import OpenAIAgent

from .exchanging_client import client_for
from .failures import answer_failed, from_provider_status, retry_after_s
from .http_client import HttpClient, Reply, checked_url
from .outputs import OutputInvalid, decode_json

_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
# A request that is refused for one of these is refused for every case.
_CONFIGURATION = frozenset(
    {"model_not_found", "invalid_model", "unknown_parameter", "unsupported_parameter", "unsupported_value", "invalid_api_key"}
)
_STATUS_OF = {"rate_limit_exceeded": 429}
_TOKENS_PER_MESSAGE = 16
"""Room for role names and separators; chat templates use 3 to 10."""


class OpenAIModelAgent:
    """Asks a model once per case; `api: chat` uses chat completions, `api: responses` the responses API.

    The case's input is a text, a list of messages, or an object with `messages`; any other JSON is sent as text. What the provider does
    wrong (429, 5xx, broken replies, silence) is missing evidence; see the guide for the whole table.
    """

    def __init__(
        self,
        settings: OpenAIAgent,
        *,
        prices: Prices,
        environment: Mapping[str, str],
        redact: Redactor | None = None,
        client: HttpClient | None = None,
        exchanges: Exchanges | None = None,
        base_url_variable: str | None = None,
    ) -> None:
        """`base_url_variable`: the environment variable that `settings.base_url` stands for; recordings name it in place of the address."""
        base = checked_url(settings.base_url, allow_private=settings.allow_private)
        key = _key(settings, environment, base)
        self._settings = settings
        self._prices = prices
        self._provider = settings.provider or settings.base_url
        self._url = base / ("chat/completions" if settings.api == "chat" else "responses")
        self._redact = redact or Redactor([key] if key else [])
        self._headers = CIMultiDict({"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {}))
        self._encode = msgspec.json.Encoder().encode
        self._fixed = _fixed_part(settings)
        self._key_hash = sha256(key.encode()).hexdigest()[:12] if key else "no-key"
        identity = [settings.model, settings.base_url, settings.api, settings.system, settings.parameters]
        self._version = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        self._client = client or client_for(
            exchanges,
            variable=None if base_url_variable is None else (base_url_variable, base),
            name=self.name,
            allow_private=settings.allow_private,
            redact=self._redact,
            broken_reply=FailureKind.PROVIDER_ERROR,
        )

    def __repr__(self) -> str:
        return f"OpenAIModelAgent({self._settings.model!r})"

    @property
    def name(self) -> str:
        return f"openai:{self._settings.model}"

    @property
    def version(self) -> str:
        """A hash of model, base URL, API, system prompt and parameters."""
        return self._version

    @property
    def limit_key(self) -> str:
        return f"{self._settings.provider or self._url.host}:{self._key_hash}"

    @property
    def timeout_kind(self) -> FailureKind:
        return FailureKind.PROVIDER_TIMEOUT

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:
        """Price the most tokens there can be: one per byte of the request (no byte-level tokenizer makes more), and the output limit.

        None where the parameters set no limit, the price is unknown, or the messages hold more than text.
        """
        limit = next((self._settings.parameters[name] for name in _LIMITS if name in self._settings.parameters), None)
        messages = _messages(case.input, self._settings.system)
        if not isinstance(limit, int) or not all(isinstance(message.get("content"), str | None) for message in messages):
            return None
        size = len(msgspec.json.encode([messages, self._settings.parameters])) + _TOKENS_PER_MESSAGE * (len(messages) + 1)
        choices = self._settings.parameters.get("n", 1)
        usage = Usage(size, limit * choices if isinstance(choices, int) else limit)
        return self._prices.cost_usd(self._settings.model, self._provider, usage)

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:  # noqa: ARG002 - the port's signature
        body = self._encode(self._request(case, seed))
        try:
            output = await (self._streamed(body) if self._settings.stream else self._whole(body))
        except (OutputInvalid, ReplyInvalid, EventStreamTooLong) as error:
            raise answer_failed(FailureKind.PROVIDER_ERROR, self._redact.line(str(error))) from None
        self._add_cost(output)
        return self._judged(output)

    async def __aenter__(self) -> Self:
        # A price list is read from disk at the first question: not inside the first answer's time.
        self._prices.cost_usd(self._settings.model, self._provider, Usage(0, 0))
        self._client.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._client.close()

    def _request(self, case: Case, seed: int | None) -> dict[str, Any]:
        if self._settings.api == "responses":
            return {**self._fixed, "input": case.input if isinstance(case.input, str) else _messages(case.input, None)}
        body = {**self._fixed, "messages": _messages(case.input, self._settings.system)}
        if seed is not None:
            body.setdefault("seed", seed)
        return body

    async def _whole(self, body: bytes) -> Output:
        reply = await self._client.send("POST", self._url, headers=self._headers, body=body)
        if reply.status >= 300:
            raise self._refused(reply)
        return self._read(decode_json(reply.body))

    async def _streamed(self, body: bytes) -> Output:
        started = perf_counter()
        joined = ChatStream() if self._settings.api == "chat" else ResponseStream()
        first_token_ms = None
        async with self._client.stream("POST", self._url, headers=self._headers, body=body) as reply:
            if reply.status >= 300:
                raise self._refused(Reply(reply.status, reply.headers, await self._client.read(reply)))
            events = EventReader()
            async for chunk in self._client.chunks(reply):
                for event in events.feed(chunk):
                    if self._take(joined, event.data) and first_token_ms is None:
                        first_token_ms = (perf_counter() - started) * 1000
            last = events.close()
            if last is not None:
                self._take(joined, last.data)
        output = self._read(joined.reply())
        output.first_token_ms = first_token_ms
        return output

    def _take(self, joined: ChatStream | ResponseStream, data: str) -> bool:
        if data == "[DONE]":
            joined.ended = True
            return False
        chunk = decode_json(data)
        self._raise_error_in(chunk)
        return joined.add(chunk)

    def _read(self, reply: Any) -> Output:
        self._raise_error_in(reply)
        return read_chat(reply) if self._settings.api == "chat" else read_response(reply)

    def _raise_error_in(self, reply: Any) -> None:
        """Some servers report an error with status 200 or in the middle of a stream."""
        error = error_of(reply)
        if error is not None:
            code = error.get("code")
            status = code if isinstance(code, int) and 400 <= code <= 599 else _STATUS_OF.get(str(code), 500)
            raise self._failure(status, error, None)

    def _refused(self, reply: Reply) -> AnswerFailed | AgentUnusable:
        try:
            error = error_of(decode_json(reply.body))
        except OutputInvalid:
            error = None
        said = {"message": reply.body[:2000].decode("utf-8", "replace")} if error is None else error
        return self._failure(reply.status, said, retry_after_s(reply.headers))

    def _failure(self, status: int, error: Mapping[str, Any], retry_after: float | None) -> AnswerFailed | AgentUnusable:
        said = self._redact.line(str(error.get("message") or ""), 240)
        shown = f"the provider answered {status}" + (f": {said}" if said else "")
        code = error.get("code")
        if status == 404 or (status < 500 and isinstance(code, str) and code in _CONFIGURATION):
            hint = "check agent.model, agent.base_url and agent.parameters"
            return AgentUnusable(shown, where=self.name, hint=hint, code="E1341")
        if status == 402:
            code = "insufficient_quota"
        # Any other 4xx is about this one request (too long, refused by a filter): the configuration under test cannot answer this case.
        return from_provider_status(status, shown, name=self.name, code=code, retry_after=retry_after, otherwise=FailureKind.EXCEPTION)

    def _add_cost(self, output: Output) -> None:
        """Price by the model that was asked for, or else by the one that says it answered."""
        asked, answered = self._settings.model, output.model
        if output.usage is None:
            return
        output.cost_usd = self._prices.cost_usd(asked, self._provider, output.usage)
        if output.cost_usd is None and answered is not None and answered != asked:
            output.cost_usd = self._prices.cost_usd(answered, self._provider, output.usage)

    def _judged(self, output: Output) -> Output:
        """A cut-off text is an answer, scored as it is and marked by `finish_reason`; no text at all is none, but is paid for."""
        if output.text or output.finish_reason not in ("length", "content_filter") or any(output.tool_calls()):
            return output
        why = "its token limit was reached" if output.finish_reason == "length" else "the content filter stopped it"
        raise answer_failed(FailureKind.INVALID_OUTPUT, f"the model gave no text: {why}", output=output)


def _fixed_part(settings: OpenAIAgent) -> dict[str, Any]:
    """What a request holds whatever the case."""
    body: dict[str, Any] = {"model": settings.model, **settings.parameters}
    if settings.stream:
        body["stream"] = True
    if settings.api == "responses":
        return body if settings.system is None else {"instructions": settings.system, **body}
    if settings.stream:
        body.setdefault("stream_options", {"include_usage": True})
    return body


def _messages(value: Any, system: str | None) -> list[dict[str, Any]]:
    if (found := conversation(value)) is not None:
        messages = list(map(dict, found))
    else:
        messages = [{"role": "user", "content": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}]
    return messages if system is None else [{"role": "system", "content": system}, *messages]


def _key(settings: OpenAIAgent, environment: Mapping[str, str], base: URL) -> str | None:
    """Find the key. Raises `ConfigurationError` where there is none, except for servers on this machine or network, which need none."""
    if settings.api_key is not None:
        key: str | None = settings.api_key.get_secret_value()
    else:
        key = environment.get(settings.api_key_env)
    if not key:
        if _is_local(base):
            return None
        raise ConfigurationError(
            f"the environment variable {settings.api_key_env} is not set",
            where="agent.api_key_env",
            hint=f"export {settings.api_key_env}=…",
            code="E1340",
        )
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError("the key holds characters that no key has", where="agent.api_key_env", hint="a line break?", code="E1342")
    return key


def _is_local(url: URL) -> bool:
    host = url.host or ""
    literal = literal_of(host)
    return host == "localhost" if literal is None else refusal(literal, allow_private=False) is not None
