"""Replies of OpenAI-compatible APIs, chat completions and responses, whole and streamed, read as one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldfinch.core.output import Output, Step, ToolCall, Usage
from goldfinch.core.trajectory import MessagesInvalid, final_text, read_arguments, read_messages, text_of
from goldfinch.core.wire.json_values import clean_text

_MORE_THAN_TEXT = ("tool_calls", "function_call", "reasoning_content")


class ReplyInvalid(ValueError):
    """The reply is not what the API promises; the message says what is missing."""


def read_chat(reply: Any) -> Output:
    """Read a chat completion (its first choice). Raises `ReplyInvalid`.

    The trajectory of a reply that holds a text and nothing else is left out where `finish_reason` says that it is one completion: it
    would only repeat the text.
    """
    choices = reply.get("choices") if isinstance(reply, Mapping) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise ReplyInvalid("the reply has no choices")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise ReplyInvalid("the first choice has no message")
    finish_reason = _text(choice.get("finish_reason"))
    text = message.get("content")
    steps: tuple[Step, ...] = ()
    if finish_reason is not None and isinstance(text, str) and not any(map(message.get, _MORE_THAN_TEXT)):
        text = clean_text(text)
    else:
        steps = _steps_of(message)
        text = final_text(steps)
    return Output(
        text=text, trajectory=steps, usage=read_usage(reply.get("usage")), model=_text(reply.get("model")), finish_reason=finish_reason
    )


def read_response(reply: Any) -> Output:
    """Read a reply of the responses API; as for a chat completion, a lone text has no trajectory. Raises `ReplyInvalid`."""
    items = reply.get("output") if isinstance(reply, Mapping) else None
    if not isinstance(items, list):
        raise ReplyInvalid("the reply has no output list")
    steps = tuple(step for item in items if isinstance(item, Mapping) for step in _response_steps(item))
    texts = [step.text for step in steps if step.role == "assistant" and step.text is not None]
    text = "".join(texts) if texts else None
    finish_reason = _response_finish(reply)
    is_repeated = finish_reason is not None and text is not None and steps == (Step("assistant", text),)
    return Output(
        text=text,
        trajectory=() if is_repeated else steps,
        usage=read_usage(reply.get("usage")),
        model=_text(reply.get("model")),
        finish_reason=finish_reason,
    )


def read_usage(usage: Any) -> Usage | None:
    """Read token counts in either API's names; what is absent or no count stays None."""
    if not isinstance(usage, Mapping):
        return None
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    return Usage(
        _count(usage.get("prompt_tokens", usage.get("input_tokens"))),
        _count(usage.get("completion_tokens", usage.get("output_tokens"))),
        _count(cached),
    )


def error_of(reply: Any) -> Mapping[str, Any] | None:
    """Return the error object that some servers send with status 200 or inside a stream."""
    error = reply.get("error") if isinstance(reply, Mapping) else None
    if isinstance(error, str) and error:
        return {"message": error}
    return error if isinstance(error, Mapping) and error else None


@dataclass
class ChatStream:
    """Joins the chunks of a streamed chat completion into the reply that the unstreamed call would have given."""

    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    usage: Any = None
    model: Any = None
    finish_reason: Any = None
    chunks: int = 0
    ended: bool = False
    """Set by whoever reads the stream, at `[DONE]`."""

    def add(self, chunk: Any) -> bool:
        """Take one chunk; True where it brought a token of the answer. Raises `ReplyInvalid`."""
        if not isinstance(chunk, Mapping):
            raise ReplyInvalid("a chunk of the stream is no object")
        self.chunks += 1
        self.usage = chunk.get("usage") or self.usage
        self.model = chunk.get("model") or self.model
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            return False
        first = [choice for choice in choices if isinstance(choice, Mapping) and choice.get("index", 0) == 0]
        return self._add_choice(first[0]) if first else False

    def reply(self) -> dict[str, Any]:
        """Return the whole reply. Raises `ReplyInvalid` where the stream ended before the model did."""
        if self.finish_reason is None and not self.ended:
            raise ReplyInvalid(f"the stream broke off after {self.chunks} chunks")
        message = {
            "content": "".join(self.text) if self.text else None,
            "refusal": "".join(self.refusal) if self.refusal else None,
            "reasoning_content": "".join(self.thoughts) or None,
            "tool_calls": [{"id": call["id"], "function": call} for _, call in sorted(self.calls.items())],
        }
        choice = {"message": message, "finish_reason": self.finish_reason}
        return {"choices": [choice], "usage": self.usage, "model": self.model}

    def _add_choice(self, choice: Mapping[str, Any]) -> bool:
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            return False
        got = [
            _collect(self.text, delta.get("content")),
            _collect(self.refusal, delta.get("refusal")),
            _collect(self.thoughts, delta.get("reasoning_content")),
        ]
        calls = delta.get("tool_calls")
        if isinstance(calls, list):
            got.extend([self._add_call(place, part) for place, part in enumerate(calls)])
        return any(got)

    def _add_call(self, place: int, part: Any) -> bool:
        if not isinstance(part, Mapping):
            raise ReplyInvalid("a tool call of the stream is no object")
        index = part.get("index", place)
        call = self.calls.setdefault(index if isinstance(index, int) else place, {"id": None, "name": "", "arguments": ""})
        call["id"] = part.get("id") or call["id"]
        function = part.get("function")
        if isinstance(function, Mapping):
            call["name"] += _text(function.get("name")) or ""
            call["arguments"] += _text(function.get("arguments")) or ""
        return True


@dataclass
class ResponseStream:
    """Waits for the event of the responses API that carries the whole reply."""

    final: Any = None
    chunks: int = 0
    ended: bool = False

    def add(self, chunk: Any) -> bool:
        """Take one event; True where it brought a token of the answer. Raises `ReplyInvalid`."""
        if not isinstance(chunk, Mapping):
            raise ReplyInvalid("an event of the stream is no object")
        self.chunks += 1
        kind = chunk.get("type")
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self.final = chunk.get("response")
        return isinstance(kind, str) and kind.endswith(".delta") and bool(chunk.get("delta"))

    def reply(self) -> Any:
        """Return the whole reply. Raises `ReplyInvalid` where the stream ended before it came."""
        if self.final is None:
            raise ReplyInvalid(f"the stream broke off after {self.chunks} events")
        return self.final


def _steps_of(message: Mapping[str, Any]) -> tuple[Step, ...]:
    try:
        return read_messages([{**message, "role": "assistant"}])
    except MessagesInvalid as error:
        raise ReplyInvalid(str(error)) from None


def _response_steps(item: Mapping[str, Any]) -> tuple[Step, ...]:
    kind = item.get("type")
    if kind == "message":
        return (Step("assistant", text_of(item.get("content"))),)
    if kind == "reasoning":
        return (Step("reasoning", text_of(item.get("summary"))),)
    if kind == "function_call":
        arguments, problem = read_arguments(item.get("arguments"))
        return (Step("assistant", None, (ToolCall(_text(item.get("name")) or "function", arguments, error=problem),)),)
    if isinstance(kind, str) and kind.endswith("_call"):  # hosted tools: web_search_call, code_interpreter_call …
        action = item.get("action")
        return (Step("assistant", None, (ToolCall(kind.removesuffix("_call"), action if isinstance(action, Mapping) else {}),)),)
    return ()


def _response_finish(reply: Mapping[str, Any]) -> str | None:
    details = reply.get("incomplete_details")
    reason = _text(details.get("reason")) if isinstance(details, Mapping) else None
    if reason is not None:
        return {"max_output_tokens": "length"}.get(reason, reason)
    return {"completed": "stop"}.get(str(reply.get("status")), _text(reply.get("status")))


def _collect(parts: list[str], piece: Any) -> bool:
    if not isinstance(piece, str):
        return False
    parts.append(piece)
    return piece != ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    return clean_text(value) if isinstance(value, str) else None
