"""What user code may give as an answer, turned into `Output` or refused."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import msgspec

from goldfinch.core.datasets.json_values import NotJson, require_json
from goldfinch.core.output import FailureKind, Output
from goldfinch.core.trajectory import MessagesInvalid, final_text, read_messages
from goldfinch.core.wire.json_values import clean_text
from goldfinch.ports.agent import AnswerFailed
from goldfinch.ports.prices import Prices

from .failures import answer_failed

_FIELDS = frozenset(field.name for field in fields(Output)) - {"failure"}
_FLAT = frozenset({"input_tokens", "output_tokens", "cached_input_tokens"})
_KNOWN = _FIELDS | _FLAT | {"messages"}
_ANSWERS = frozenset({"text", "data", "messages"})


class OutputInvalid(ValueError):
    """What came back is no answer; the message says why."""


def read_output(value: Any) -> Output:
    """Read what an agent gave: text, JSON data (object or list), an `Output`, or an object shaped like one.

    An object is shaped like an `Output` when every key is one of its fields (or `messages`, `input_tokens`, `output_tokens`,
    `cached_input_tokens`) and `text`, `data` or `messages` is among them; any other object is data. Raises `OutputInvalid`.
    """
    if isinstance(value, str):
        return Output(text=clean_text(value))
    if isinstance(value, Output):
        return checked(value)
    if isinstance(value, dict):
        return read_fields(value) if _is_shaped(value) else _data(value)
    if isinstance(value, list):
        return _data(value)
    hint = f"; return str({value!r:.40})" if isinstance(value, int | float) else ""
    raise OutputInvalid(f"the agent gave {_called(value)}, not text, an object, a list or an Output{hint}")


def read_fields(values: dict[str, Any]) -> Output:
    """Read an object shaped like an `Output`. Raises `OutputInvalid`, naming the field."""
    plain = {key: value for key, value in values.items() if key in _FIELDS and value is not None}
    _require_json(values)
    tokens = {key: values[key] for key in _FLAT if values.get(key) is not None}
    if tokens:
        plain["usage"] = {**tokens, **(plain.get("usage") or {})}
    try:
        output = msgspec.convert(plain, Output)
    except msgspec.ValidationError as error:
        raise OutputInvalid(str(error)) from None
    return checked(_with_messages(output, values.get("messages")))


def checked(output: Output) -> Output:
    """Return `output` where every number is finite and not negative and every value is JSON. Raises `OutputInvalid`."""
    for name in ("cost_usd", "latency_ms", "first_token_ms"):
        _check_amount(name, getattr(output, name))
    if output.usage is not None:
        for name in _FLAT:
            _check_amount(name, getattr(output.usage, name))
    bad = [name for name, value in output.reported.items() if not _is_finite(value)]
    if bad:
        raise OutputInvalid(f"reported.{bad[0]} is {output.reported[bad[0]]!r}, not a finite number")
    if output.data is not None or output.trajectory:
        _require_json(_json_parts(output))
    if output.text is None or output.text.isascii():
        return output
    return replace(output, text=clean_text(output.text))


def priced(output: Output, prices: Prices, provider: str | None = None) -> Output:
    """Add the cost where it is not stated and model and usage are known."""
    if output.cost_usd is not None or output.model is None or output.usage is None:
        return output
    cost = prices.cost_usd(output.model, provider, output.usage)
    return output if cost is None else replace(output, cost_usd=cost)


def decode_json(body: bytes | str) -> Any:
    """Decode JSON. NaN, infinity and numbers too large for a float are refused, lone surrogates replaced. Raises `OutputInvalid`."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        if "\\ud" not in text.lower():
            raise OutputInvalid(f"not valid JSON: {error}") from None
    return _decode_with_surrogates(text)


def invalid(error: OutputInvalid, output: Output | None = None) -> AnswerFailed:
    """The failure that an `OutputInvalid` is."""
    return answer_failed(FailureKind.INVALID_OUTPUT, str(error), output=output)


def _decode_with_surrogates(text: str) -> Any:
    """Decode JSON that escapes half a surrogate pair, as replies cut in an emoji do; `msgspec` refuses those."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        cleaned = json.loads(clean_text(json.dumps(value, ensure_ascii=False, allow_nan=False)))
    except (ValueError, RecursionError) as error:
        raise OutputInvalid(f"not valid JSON: {error}") from None
    return cleaned


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _data(value: Any) -> Output:
    _require_json(value)
    return Output(data=value)


def _is_shaped(value: dict[Any, Any]) -> bool:
    return not _ANSWERS.isdisjoint(value) and _KNOWN.issuperset(value)


def _with_messages(output: Output, messages: Any) -> Output:
    if messages is None:
        return output
    try:
        steps = read_messages(messages)
    except MessagesInvalid as error:
        raise OutputInvalid(str(error)) from None
    has_answer = output.text is not None or output.data is not None
    return replace(output, trajectory=output.trajectory or steps, text=output.text if has_answer else final_text(steps))


def _check_amount(name: str, value: Any) -> None:
    if value is not None and not (_is_finite(value) and value >= 0):
        raise OutputInvalid(f"{name} is {value!r:.40}, not a finite number of at least 0")


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and -1e300 < value < 1e300


def _require_json(value: Any) -> None:
    try:
        require_json(value)
    except NotJson as error:
        raise OutputInvalid(f"the answer{error.path} {error.what}") from None


def _json_parts(output: Output) -> dict[str, Any]:
    calls = [{"name": call.name, "arguments": dict(call.arguments), "result": call.result} for call in output.tool_calls()]
    return {"data": output.data, "tool_calls": calls, "texts": [step.text for step in output.trajectory]}


def _called(value: Any) -> str:
    return "nothing (None)" if value is None else f"a value of type {type(value).__name__}"
