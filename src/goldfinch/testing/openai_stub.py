"""A small OpenAI-compatible server on loopback, real HTTP and all, that answers and fails by script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Fault = Literal[
    "truncated_json", "nan", "garbage", "hang", "disconnect", "broken_stream", "error_in_200", "length", "content_filter", "empty"
]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the stub says: a text, tool calls (OpenAI format), a status with an error body, or a fault of the transport."""

    text: str | None = None
    tool_calls: tuple[dict[str, Any], ...] = ()
    status: int = 200
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    usage: dict[str, Any] | None = None


def rate_limited(retry_after: str = "2") -> Answered:
    """A 429 that says how long to wait."""
    return Answered(
        status=429, error={"message": "Rate limit reached", "code": "rate_limit_exceeded"}, headers={"Retry-After": retry_after}
    )


def refused(status: int, message: str, code: str | None = None) -> Answered:
    """An error reply in the provider's own format."""
    return Answered(status=status, error={"message": message, "code": code, "type": "error", "param": None})


class OpenAIStub:
    """Chat completions and responses, whole and streamed.

    `script` is called with the request's JSON and its number from 0, and says what comes back; the default repeats the last user
    message. `latency_s` delays every reply. `requests`, `max_in_flight` and `seen` (the last 1,000 bodies) tell what came in.
    """

    def __init__(
        self, script: Callable[[dict[str, Any], int], Answered | str] | None = None, *, latency_s: float = 0.0, keep: int = 1000
    ) -> None:
        self._script = script or (lambda request, _: last_user_text(request))
        self._latency_s = latency_s
        self._keep = keep
        self._release = asyncio.Event()
        self.requests = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self.seen: list[dict[str, Any]] = []
        self.seen_headers: list[dict[str, str]] = []
        self.base_url = ""

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[OpenAIStub]:
        """Listen on loopback; `base_url` is then what a client needs."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/responses", self._responses)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            self._release.set()
            await runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._handle(request, _chat_body, _chat_chunks)

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        return await self._handle(request, _response_body, _response_events)

    async def _handle(self, request: web.Request, whole: _Whole, streamed: _Streamed) -> web.StreamResponse:
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        number, self.requests = self.requests, self.requests + 1
        try:
            body = await request.json()
            self._remember(body, request)
            said = self._script(body, number)
            answered = Answered(said) if isinstance(said, str) else said
            if self._latency_s:
                await asyncio.sleep(self._latency_s)
            return await self._reply(request, body, answered, whole, streamed)
        finally:
            self.in_flight -= 1

    def _remember(self, body: dict[str, Any], request: web.Request) -> None:
        self.seen.append(body)
        self.seen_headers.append(dict(request.headers))
        del self.seen[: -self._keep], self.seen_headers[: -self._keep]

    async def _reply(
        self, request: web.Request, body: dict[str, Any], answered: Answered, whole: _Whole, streamed: _Streamed
    ) -> web.StreamResponse:
        if answered.fault == "hang":
            await self._release.wait()
        if answered.fault == "disconnect" and request.transport is not None:
            request.transport.abort()
        if answered.status >= 400:
            return web.json_response({"error": answered.error}, status=answered.status, headers=answered.headers)
        if body.get("stream") and answered.fault in (None, "broken_stream", "length"):
            return await _stream(request, streamed(body, answered), is_broken=answered.fault == "broken_stream")
        return web.Response(body=_faulty(whole(body, answered), answered.fault), content_type="application/json", headers=answered.headers)


_Whole = Callable[[dict[str, Any], Answered], dict[str, Any]]
_Streamed = Callable[[dict[str, Any], Answered], Iterable[str]]


def last_user_text(request: dict[str, Any]) -> str:
    """Return the last user message of a request of either API."""
    messages = request.get("messages", request.get("input"))
    if isinstance(messages, str):
        return messages
    texts = [message["content"] for message in messages or [] if message.get("role") == "user"]
    return texts[-1] if texts and isinstance(texts[-1], str) else ""


def _faulty(body: dict[str, Any], fault: Fault | None) -> bytes:
    raw = json.dumps(body).encode()
    replacements = {
        "truncated_json": raw[: len(raw) // 2],
        "nan": raw[:-1] + b', "score": NaN}',
        "garbage": b"<html>upstream exploded</html>",
        "error_in_200": b'{"error": {"message": "upstream overloaded", "code": 529}}',
    }
    return replacements.get(fault or "", raw)


def _usage(body: dict[str, Any], answered: Answered) -> dict[str, Any]:
    if answered.usage is not None:
        return answered.usage
    sent, got = len(json.dumps(body.get("messages", body.get("input")))) // 4, max(1, len(answered.text or "") // 4)
    return {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got, "prompt_tokens_details": {"cached_tokens": 0}}


def _finish(answered: Answered) -> str:
    if answered.fault in ("length", "content_filter"):
        return answered.fault
    return "tool_calls" if answered.tool_calls else "stop"


def _chat_body(body: dict[str, Any], answered: Answered) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answered.text, "refusal": None}
    if answered.tool_calls:
        message["tool_calls"] = list(answered.tool_calls)
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(answered), "logprobs": None}],
        "usage": _usage(body, answered),
    }


def _chat_chunks(body: dict[str, Any], answered: Answered) -> Iterable[str]:
    base = {"id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 0, "model": body.get("model")}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        return f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    text = answered.text or ""
    for at in range(0, len(text), 5):
        yield chunk({"content": text[at : at + 5]})
    for index, call in enumerate(answered.tool_calls):
        arguments = call["function"]["arguments"]
        yield chunk(
            {"tool_calls": [{"index": index, "id": call.get("id"), "function": {"name": call["function"]["name"], "arguments": ""}}]}
        )
        for at in range(0, len(arguments), 4):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[at : at + 4]}}]})
    yield chunk({}, _finish(answered))
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': _usage(body, answered)})}\n\n"
    yield "data: [DONE]\n\n"


def _response_body(body: dict[str, Any], answered: Answered) -> dict[str, Any]:
    usage = _usage(body, answered)
    content = [{"type": "output_text", "text": answered.text or "", "annotations": []}]
    output: list[dict[str, Any]] = [
        {"type": "function_call", "call_id": call.get("id"), **call["function"]} for call in answered.tool_calls
    ]
    if answered.text is not None:
        output.append({"type": "message", "id": "msg-stub", "role": "assistant", "status": "completed", "content": content})
    cut = answered.fault == "length"
    return {
        "id": "resp-stub",
        "object": "response",
        "created_at": 0,
        "model": body.get("model"),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "output": output,
        "usage": {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]},
    }


def _response_events(body: dict[str, Any], answered: Answered) -> Iterable[str]:
    text = answered.text or ""
    for at in range(0, len(text), 5):
        event = {"type": "response.output_text.delta", "delta": text[at : at + 5]}
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
    whole = _response_body(body, answered)
    last = {"type": f"response.{whole['status']}", "response": whole}
    yield f"event: {last['type']}\ndata: {json.dumps(last)}\n\n"


async def _stream(request: web.Request, pieces: Iterable[str], *, is_broken: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number, piece in enumerate(pieces):
        if is_broken and number == 2:
            break
        await response.write(piece.encode())
    await response.write_eof()
    return response
