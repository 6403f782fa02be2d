"""A language model behind an OpenAI-compatible API: chat completions with a JSON reply, bounded in tokens and time, retried where that helps.

Sources: https://platform.openai.com/docs/api-reference/chat and its guide on structured outputs. Servers differ in what they know, so a
request that is refused for a named parameter is sent again without it, and the model remembers (`Dialect`).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import aiohttp

from src.config import Config
from src.domain import ModelRequest
from src.models import prompts
from src.models.replies import ModelFailed, NoRoom, UnusableReply, json_object_of, shown, usage_of

VENDOR_URL = "https://api.openai.com/v1"
REPLY_TOKENS = {"plan": 768, "write": 1536}
"""Most tokens of a reply. Always sent: a small model under a schema may else emit white space for ever."""
LEAST_REPLY_TOKENS = 64
CHARS_PER_PROMPT_TOKEN = 3
"""Fewer than `prompts.CHARS_PER_TOKEN`, so that a limit in tokens also holds where digits take a token each."""
TIMEOUT_S = 60.0
LOCAL_TIMEOUT_S = 300.0
"""On two busy cores the small model takes a second for ten tokens."""
ATTEMPTS = 3
LONGEST_WAIT_S = 20.0
LONGEST_REPLY_BYTES = 4 * 1024 * 1024
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})

Sleep = Callable[[float], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What this server understands, as far as it has said so."""

    reply_format: str = "json_schema"
    limit_name: str = "max_tokens"
    takes_sampling: bool = True

    def without(self, complaint: str) -> Dialect | None:
        """How to ask after `complaint`; None where it is about something else."""
        said = complaint.lower()
        if self.limit_name in said and "max_completion_tokens" in said and self.limit_name == "max_tokens":
            return replace(self, limit_name="max_completion_tokens")
        if self.takes_sampling and ("temperature" in said or "'seed'" in said):
            return replace(self, takes_sampling=False)
        if self.reply_format == "json_schema" and any(word in said for word in ("json_schema", "response_format", "schema", "grammar")):
            return replace(self, reply_format="json_object")
        if self.reply_format == "json_object" and any(word in said for word in ("json_object", "response_format")):
            return replace(self, reply_format="none")
        return None


class ChatModel:
    """Providers `openai` (any OpenAI-compatible address) and `local` (a small model on this machine).

    The address is `config.base_url`, else OPENAI_BASE_URL, else the vendor's; the key is OPENAI_API_KEY and stands in no message. Both are
    read at each call. A connection lasts one call: a call takes seconds, a handshake milliseconds, and nothing has to be closed.
    """

    def __init__(self, config: Config, *, sleep: Sleep = asyncio.sleep, environment: Mapping[str, str] | None = None) -> None:
        self._config = config
        self._sleep = sleep
        self._environment = os.environ if environment is None else environment
        self._dialect = Dialect()

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]:
        """Ask once. Raises `ModelFailed`; `UnusableReply` where the reply is no JSON object or was cut off; `NoRoom` before asking."""
        url, model, context_tokens = await self._address()
        body = self._body(request, model, context_tokens)
        reply = await self._answered(f"{url}/chat/completions", body, request)
        return _read(reply, model)

    async def _address(self) -> tuple[str, str, int | None]:
        """Base URL, model name, tokens of context (None: the vendor's, large)."""
        if self._config.llm_provider == "local" and self._config.base_url is None:
            from src.models import local_server

            server = await asyncio.to_thread(local_server.running)
            return server.base_url, server.model, local_server.CONTEXT_TOKENS
        url = self._config.base_url or self._environment.get("OPENAI_BASE_URL") or VENDOR_URL
        if url == VENDOR_URL and not self._key():
            raise ModelFailed("OPENAI_API_KEY is not set: set it, or OPENAI_BASE_URL to a server that needs none")
        return url.rstrip("/"), self._config.model, None

    @property
    def _timeout_s(self) -> float:
        return LOCAL_TIMEOUT_S if self._config.llm_provider == "local" else TIMEOUT_S

    def _key(self) -> str:
        return self._environment.get("OPENAI_API_KEY", "")

    def _body(self, request: ModelRequest, model: str, context_tokens: int | None) -> dict[str, Any]:
        most = REPLY_TOKENS[request.purpose]
        limits = [limit for limit in (request.max_tokens, context_tokens) if limit is not None]
        room = min(limits, default=None)
        max_chars = None if room is None else (room - min(most, room // 3)) * CHARS_PER_PROMPT_TOKEN
        messages = prompts.render(request, quarantine=self._config.behaviour.quarantine_data, max_chars=max_chars)
        if room is not None:
            most = min(most, room - sum(len(message["content"]) for message in messages) // CHARS_PER_PROMPT_TOKEN - 16)
        if most < LEAST_REPLY_TOKENS:
            raise NoRoom(f"no room to {request.purpose}: {room} tokens are left for prompt and reply")
        return {"model": model, "messages": messages, "limit": most}

    def _request(self, body: Mapping[str, Any], request: ModelRequest) -> dict[str, Any]:
        dialect, config = self._dialect, self._config
        asked: dict[str, Any] = {"model": body["model"], "messages": body["messages"], dialect.limit_name: body["limit"]}
        if dialect.reply_format == "json_schema":
            schema = prompts.reply_schema(request)
            asked["response_format"] = {"type": "json_schema", "json_schema": {"name": request.purpose, "schema": schema}}
        elif dialect.reply_format == "json_object":
            asked["response_format"] = {"type": "json_object"}
        if config.test_mode and dialect.takes_sampling:
            asked |= {"temperature": 0, "seed": config.behaviour.seed}
        return asked

    async def _answered(self, url: str, body: Mapping[str, Any], request: ModelRequest) -> dict[str, Any]:
        failure = ""
        attempt = 0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout_s), trust_env=True) as session:
            while attempt < ATTEMPTS:
                status, text, headers = await self._posted(session, url, self._request(body, request))
                if status == 200:
                    return _json_reply(text)
                failure = self._said(status, text)
                if status in (400, 404, 415, 422, 501) and (dialect := self._dialect.without(text)):
                    self._dialect = dialect
                    continue
                if status and status not in RETRIED or "insufficient_quota" in text:
                    break
                attempt += 1
                if attempt < ATTEMPTS:
                    await self._sleep(_wait_s(attempt, headers))
        raise ModelFailed(failure)

    async def _posted(self, session: aiohttp.ClientSession, url: str, asked: Mapping[str, Any]) -> tuple[int, str, Mapping[str, str]]:
        """Status, body, headers; status 0 and the reason where no whole reply came."""
        key = self._key()
        try:
            async with session.post(url, json=asked, headers={"Authorization": f"Bearer {key}"} if key else {}) as response:
                raw = await response.content.read(LONGEST_REPLY_BYTES)
                while not response.content.at_eof() and len(raw) < LONGEST_REPLY_BYTES:
                    raw += await response.content.read(LONGEST_REPLY_BYTES - len(raw))
                return response.status, raw.decode("utf-8", "replace"), response.headers
        except TimeoutError:
            return 0, f"no reply within {self._timeout_s:g} s", {}
        except (aiohttp.ClientError, OSError) as error:
            return 0, str(error) or type(error).__name__, {}

    def _said(self, status: int, text: str) -> str:
        """One line about a failure, without the key, which some servers echo."""
        try:
            error = json.loads(text).get("error", text)
            message = error.get("message", text) if isinstance(error, dict) else str(error)
        except (ValueError, AttributeError):
            message = text
        line = shown(str(message), 200)
        if key := self._key():
            line = line.replace(key, "***")
        return f"the model did not answer: {f'status {status}: ' if status else ''}{line}"


def _json_reply(text: str) -> dict[str, Any]:
    try:
        reply = json.loads(text)
    except ValueError:
        raise UnusableReply(f"the model's server replied with what is no JSON: {shown(text)!r}") from None
    if not isinstance(reply, dict):
        raise UnusableReply(f"the model's server replied with what is no object: {shown(text)!r}")
    return reply


def _read(reply: Mapping[str, Any], model: str) -> dict[str, Any]:
    """The reply's JSON object, with `usage` as counted and the model's name as the server says it."""
    counted = _usage(reply.get("usage"))
    usage = usage_of({"usage": counted})
    try:
        choice = reply["choices"][0]
        content, finished = choice["message"]["content"], choice.get("finish_reason")
    except (KeyError, IndexError, TypeError):
        raise UnusableReply(f"the model's server replied without an answer: {shown(json.dumps(reply))}", usage) from None
    if finished in ("length", "content_filter"):
        raise UnusableReply(f"the model's reply was cut off ({finished})", usage)
    if not isinstance(content, str):
        raise UnusableReply(f"the model refused: {shown(str(choice['message'].get('refusal') or content))}", usage)
    try:
        found = json_object_of(content)
    except UnusableReply as error:
        raise UnusableReply(str(error), usage) from None
    return {**found, "usage": counted, "model": str(reply.get("model") or model)}


def _usage(counted: object) -> dict[str, Any] | None:
    if not isinstance(counted, Mapping):
        return None
    return {"input_tokens": counted.get("prompt_tokens"), "output_tokens": counted.get("completion_tokens")}


def _wait_s(attempt: int, headers: Mapping[str, str]) -> float:
    """As long as the server asks, at most `LONGEST_WAIT_S`; else doubling, with jitter so that many clients do not come back at once."""
    asked = _retry_after_s(headers.get("Retry-After", ""))
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_WAIT_S)
    return min(0.5 * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5), LONGEST_WAIT_S)  # nosec B311


def _retry_after_s(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value).timestamp() - time()
    except (TypeError, ValueError):
        return None
