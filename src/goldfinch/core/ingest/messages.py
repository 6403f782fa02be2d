"""What was asked and said, out of the shapes in which instrumentations write it. Everything here is hostile: cut first, read then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from goldfinch.core.datasets.case import Case
from goldfinch.core.ingest import conventions as names
from goldfinch.core.ingest.span import Content
from goldfinch.core.output import Output
from goldfinch.core.redaction import MASK, Redactor
from goldfinch.core.scoring.secrets_leak import SecretsLeak

LONGEST_TEXT: Final = 32_768
"""Characters of one text that are kept; more is cut off."""
MOST_MESSAGES: Final = 40
"""The last ones of a conversation that are kept as the question."""
_LONGEST_READ: Final = 2 * LONGEST_TEXT
"""A secret may straddle the limit: more is redacted than is kept."""
_LONGEST_JSON: Final = 4 * LONGEST_TEXT
_DEEPEST: Final = 8
_NUMBERED = re.compile(r"(?:gen_ai\.(prompt|completion)|llm\.(input_messages|output_messages))\.(\d{1,4})\.(?:message\.)?(role|content)")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})

Events = Iterable[tuple[str, Mapping[str, Any]]]


def content_of(attributes: Mapping[str, Any], events: Events, redact: Redactor) -> Content | None:
    """The content that a span carries, redacted and cut; None where it carries none."""
    asked, said = _numbered(attributes)
    for name, own in events:
        _of_event(name, own, asked, said)
    question = _messages(_first(attributes, names.INPUT), "user") or asked
    answer = _messages(_first(attributes, names.OUTPUT), "assistant") or said
    result = _first(attributes, names.RESULT)
    if not question and not answer and result is None:
        return None
    spoken = _said(answer)
    kept = _kept(spoken, redact)
    return Content(
        [{"role": message["role"], "content": _kept(message["content"], redact)} for message in question[-MOST_MESSAGES:]] or None,
        kept,
        _kept(_text(result), redact) if result is not None else "",
        _leak(question, spoken) if MASK in kept and MASK not in spoken else "",
    )


def _leak(question: list[dict[str, str]], spoken: str) -> str:
    """What `secrets_leak` says of the answer as it was: once a secret is masked nobody can see any more that it was given away."""
    score = SecretsLeak().score(Case("live", question), Output(text=spoken))
    return score.reason if score is not None and score.value == 0 else ""


def _first(attributes: Mapping[str, Any], wanted: Iterable[str]) -> Any:
    return next((value for name in wanted if (value := attributes.get(name)) is not None), None)


def _said(messages: list[dict[str, str]]) -> str:
    """The last thing that the assistant said."""
    spoken = [one["content"] for one in messages if one["role"] == "assistant" and one["content"]]
    return spoken[-1] if spoken else ""


def _of_event(name: str, own: Mapping[str, Any], asked: list[dict[str, str]], said: list[dict[str, str]]) -> None:
    """Messages of the older span events, and of the newer one that holds both sides."""
    if (role := names.OLD_PROMPT_EVENTS.get(name)) is not None:
        asked.extend(_messages(_first(own, names.EVENT_CONTENT), role))
    elif name == names.OLD_CHOICE:
        said.extend(_messages(_first(own, names.EVENT_CONTENT), "assistant"))
    elif name in (names.OLD_PROMPT, names.OLD_COMPLETION, names.OPERATION_DETAILS):
        asked.extend(_messages(_first(own, names.INPUT), "user"))
        said.extend(_messages(_first(own, names.OUTPUT), "assistant"))


def _numbered(attributes: Mapping[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """`gen_ai.prompt.0.role`, `gen_ai.prompt.0.content` and so on, in the order of their numbers."""
    found: dict[tuple[bool, int], dict[str, str]] = {}
    for name, value in attributes.items():
        if name.startswith(names.NUMBERED) and (match := _NUMBERED.fullmatch(name)) is not None:
            is_output = "completion" in (match[1] or "") or "output" in (match[2] or "")
            found.setdefault((is_output, int(match[3])), {})[match[4]] = _text(value)
    sides: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for (is_output, _), one in sorted(found.items(), key=lambda item: item[0]):
        role = one.get("role", "assistant" if is_output else "user")
        sides[is_output].append(_message(role, one.get("content", "")))
    return sides


def _messages(value: Any, role: str) -> list[dict[str, str]]:
    """Messages out of JSON text, a structured value or plain text; `role` is whose they are where they do not say it."""
    if value is None:
        return []
    value = _parsed(value)
    if isinstance(value, Mapping):
        value = value["messages"] if isinstance(value.get("messages"), list) else [value]
    if not isinstance(value, list):
        return [_message(role, _text(value))]
    return [_message(_role(one, role), _text(one)) for one in value[-MOST_MESSAGES:]]


def _parsed(value: Any) -> Any:
    """JSON where it looks like it and is not too long; the text otherwise."""
    if not isinstance(value, str) or len(value) > _LONGEST_JSON or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _role(message: Any, otherwise: str) -> str:
    role = message.get("role") if isinstance(message, Mapping) else None
    return role if isinstance(role, str) and role in _ROLES else otherwise


def _message(role: str, text: str) -> dict[str, str]:
    return {"role": role if role in _ROLES else "user", "content": _cut(text)}


def _text(value: Any, depth: int = 0) -> str:
    """The text of a message, of its parts, or of whatever stands in their place."""
    if isinstance(value, str):
        return _cut(value)
    if value is None or depth > _DEEPEST:
        return ""
    if isinstance(value, Mapping):
        return _of_mapping(value, depth)
    if isinstance(value, list | tuple):
        return _cut("\n".join(filter(None, (_text(one, depth + 1) for one in value[:MOST_MESSAGES]))))
    return str(value)[:64]


def _of_mapping(value: Mapping[str, Any], depth: int) -> str:
    for key in ("parts", "content", "text", "message", "response", "output"):
        if key in value:
            return _text(value[key], depth + 1)
    return _json(value)


def _json(value: Any) -> str:
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return ""


def _cut(text: str) -> str:
    return text[:_LONGEST_READ]


def _kept(text: str, redact: Redactor) -> str:
    text = redact(text) if redact.may_hold_secret(text) else text
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # JSON inside of a text may hold half characters
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
