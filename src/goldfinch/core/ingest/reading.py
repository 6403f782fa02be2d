"""From a span on the wire to what is kept of it. What does not fit is refused by name; nothing of it raises."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, Final

from goldfinch.core.ingest import conventions as names
from goldfinch.core.ingest.messages import content_of
from goldfinch.core.ingest.span import FAILED, HAS_REMOTE_PARENT, NO_ATTRIBUTES, SERVER, RawSpan, SpanFacts, SpanRole
from goldfinch.core.redaction import Redactor

LONGEST_NAME: Final = 256
"""Characters of a session's id."""
_LONGEST_LABEL: Final = 128
_MOST_TOKENS: Final = 10**9
_MOST_AMOUNT: Final = 1e9
"""US dollars or seconds; more is a slip of a unit. NaN is in no range."""
_AHEAD_NS: Final = 300 * 10**9


class SpanRefused(ValueError):
    """A span that cannot be read as one; the message is a kind of refusal, never what the span holds."""


def refuse_if_malformed(span: RawSpan, now_ns: int) -> None:
    """Raises `SpanRefused` where ids or times are none."""
    if len(span.trace_id) != 16 or not any(span.trace_id):
        raise SpanRefused("a trace id that is not 16 bytes, or all zero")
    if len(span.span_id) != 8 or not any(span.span_id):
        raise SpanRefused("a span id that is not 8 bytes, or all zero")
    if span.parent_id and len(span.parent_id) != 8:
        raise SpanRefused("a parent's span id that is not 8 bytes")
    if not 0 < span.end_ns <= now_ns + _AHEAD_NS:
        raise SpanRefused("an end time that is missing, or more than 5 minutes in the future")


def facts_of(span: RawSpan, known: Collection[str]) -> SpanFacts:
    """What a span says besides its content; its release as far as it is one of `known`. Raises `SpanRefused` for a session that is none."""
    own = span.attributes
    role = role_of(own)
    failed = span.status == FAILED or bool(own.get("error.type"))
    is_entry = role is SpanRole.AGENT or span.kind == SERVER
    facts = SpanFacts(
        span.span_id,
        span.parent_id,
        role,
        is_entry,
        is_entry and (not span.parent_id or span.flags & HAS_REMOTE_PARENT == HAS_REMOTE_PARENT),
        min(span.start_ns, span.end_ns),
        span.end_ns,
        failed,
        release=_known(own, known) or _known(span.resource, known),
        session=name_of(own, names.SESSION) or name_of(span.resource, names.SESSION),
    )
    if role is SpanRole.MODEL or role is SpanRole.AGENT:
        _read_model(facts, own)
        facts.flags = flags_of(span, failed=failed, is_model=role is SpanRole.MODEL)
    elif role is SpanRole.TOOL:
        facts.tool = _label(own, names.TOOL) or ""
        facts.call = _call(facts.tool, own)
        facts.flags = ("tool_error",) if failed else ()
    elif role is SpanRole.GUARDRAIL:
        facts.flags = ("guardrail",) if failed else ()
    return facts


def role_of(own: Mapping[str, Any]) -> SpanRole:
    """What the span did, by `gen_ai.operation.name`, else by an instrumentation's own kind."""
    for name in (names.OPERATION, *names.KIND_OF_SPAN):
        value = own.get(name)
        if isinstance(value, str) and (role := names.OPERATIONS.get(value.lower())) is not None:
            return role
    return SpanRole.OTHER


def _known(attributes: Mapping[str, Any], known: Collection[str]) -> str | None:
    for name in names.RELEASE:
        value = attributes.get(name)
        if isinstance(value, str) and value in known:
            return value
    return None


def name_of(attributes: Mapping[str, Any], wanted: tuple[str, ...]) -> str | None:
    """An id. Raises `SpanRefused` for one that is too long, holds control characters or half characters."""
    for name in wanted:
        value = attributes.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise SpanRefused(f"{name} is no text")
        if len(value) > LONGEST_NAME:
            raise SpanRefused(f"{name} is longer than {LONGEST_NAME} characters")
        if not value.isprintable():
            raise SpanRefused(f"{name} holds control characters")
        return value
    return None


def flags_of(span: RawSpan, *, failed: bool, is_model: bool) -> tuple[str, ...]:
    """What a model's or agent's span says went wrong. From what every span carries, sampled or not: the arms must be looked at alike."""
    flags: tuple[str, ...] = ("model_error",) if failed and is_model else ()
    finishes = _finishes(span)
    if not names.GUARDRAIL_FINISHES.isdisjoint(finishes):
        flags += ("guardrail",)
    if not names.REFUSAL_FINISHES.isdisjoint(finishes) or _has_refusal_part(span.attributes):
        flags += ("refusal",)
    return flags


def _finishes(span: RawSpan) -> set[str]:
    found = [span.attributes.get(name) for name in names.FINISH]
    found += [own.get("finish_reason") for name, own in span.events if name == names.OLD_CHOICE]
    words: set[str] = set()
    for value in found:
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str):
                words.add(one.lower())
    return words


def _has_refusal_part(own: Mapping[str, Any]) -> bool:
    said = own.get("gen_ai.output.messages")
    return isinstance(said, str) and '"refusal"' in said and names.REFUSAL_PART.search(said) is not None


def _read_model(facts: SpanFacts, own: Mapping[str, Any]) -> None:
    facts.model = _label(own, names.MODEL)
    facts.provider = _label(own, names.PROVIDER)
    facts.input_tokens = _count(own, names.INPUT_TOKENS)
    facts.output_tokens = _count(own, names.OUTPUT_TOKENS)
    facts.cached_input_tokens = _count(own, names.CACHED_TOKENS)
    facts.cost_usd = _amount(own, names.COST)
    first_s = _amount(own, names.FIRST_CHUNK_S)
    facts.first_token_ms = None if first_s is None else first_s * 1000


def _label(own: Mapping[str, Any], wanted: tuple[str, ...]) -> str | None:
    """A name that is looked up and shown, never a key of files: what cannot be printed is left out of it."""
    for name in wanted:
        value = own.get(name)
        if isinstance(value, str) and value:
            value = value[:_LONGEST_LABEL]
            return value if value.isprintable() else "".join(c if c.isprintable() else "�" for c in value)
    return None


def _count(own: Mapping[str, Any], wanted: tuple[str, ...]) -> int | None:
    for name in wanted:
        value = own.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
            return value
    return None


def _amount(own: Mapping[str, Any], wanted: tuple[str, ...]) -> float | None:
    for name in wanted:
        value = own.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_AMOUNT:
            return float(value)
    return None


def _call(tool: str, own: Mapping[str, Any]) -> bytes | None:
    given = next((value for name in names.ARGUMENTS if (value := own.get(name)) is not None), None)
    if given is None:
        return None
    written = given if isinstance(given, str) else repr(given)
    return blake2b(f"{tool}\0{written}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def add_content(facts: SpanFacts, span: RawSpan, redact: Redactor) -> None:
    """Keep what the span says in words. Called only where it may be scored."""
    if span.events or any(name in span.attributes for name in names.CONTENT_NAMES) or _is_numbered(span.attributes):
        facts.content = content_of(span.attributes or NO_ATTRIBUTES, span.events, redact)


def _is_numbered(own: Mapping[str, Any]) -> bool:
    return any(name.startswith(names.NUMBERED) for name in own)
