"""Spans as OTLP writes them, in protobuf, and the collector's reply.

Written here and not by the generated classes of opentelemetry-proto, which take ten times as long (docs/decisions/0011-tracing.md). Tests
read every message with those classes. Field numbers are those of opentelemetry-proto 1.x, which is stable:
opentelemetry/proto/trace/v1/trace.proto, common/v1/common.proto, collector/trace/v1/trace_service.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from goldfinch.core.telemetry.conventions import VERSION
from goldfinch.core.telemetry.spans import AttributeValue, Event, Span

CONTENT_TYPE = "application/x-protobuf"
_LONGEST_KEPT = 128
"""Longer texts are not remembered in their written form: they hardly ever come again."""
_MASK_64 = 0xFFFF_FFFF_FFFF_FFFF
_STATUS_ERROR = 2
_MOST_FIELDS = 64

_double = Struct("<d").pack
_fixed64 = Struct("<Q").pack


def write_span(span: Span) -> bytes:
    """One span, as it stands in the list of spans of its scope."""
    context = span.context
    name = _text(span.name)
    parts = [b"\x0a\x10", context.trace_id, b"\x12\x08", context.span_id]
    if span.parent_id is not None:
        parts += (b"\x22\x08", span.parent_id)
    parts += (b"\x2a", _varint(len(name)), name, b"\x30", _varint(span.kind))
    parts += (b"\x39", _fixed64(span.start_ns), b"\x41", _fixed64(max(span.start_ns, span.end_ns)))
    for key, value in span.attributes.items():
        parts += (b"\x4a", _attribute(key, value))
    for event in span.events:
        parts += (b"\x5a", _delimited(_event(event)))
    if span.error is not None:
        parts += (b"\x7a", _delimited(_field(b"\x12", _text(span.error)) + b"\x18" + _varint(_STATUS_ERROR)))
    return _field(b"\x12", b"".join(parts))


class Envelope(NamedTuple):
    """What stands before and beside the spans of every request of one run."""

    resource: bytes
    scope: bytes

    @classmethod
    def of(cls, resource: Mapping[str, AttributeValue], version: str) -> Envelope:
        """`resource` says who sends, `version` is that of Goldfinch."""
        attributes = b"".join([b"\x0a" + _attribute(key, value) for key, value in resource.items()])
        convention = b"\x1a" + _attribute("goldfinch.conventions", f"semantic-conventions-genai {VERSION}")
        scope = _field(b"\x0a", b"goldfinch") + _field(b"\x12", _text(version)) + convention
        return cls(_field(b"\x0a", attributes), _field(b"\x0a", scope))

    def request(self, spans: Iterable[bytes]) -> bytes:
        """An `ExportTraceServiceRequest` with spans that `write_span` wrote."""
        scope_spans = _field(b"\x12", self.scope + b"".join(spans))
        return _field(b"\x0a", self.resource + scope_spans)


class PartialSuccess(NamedTuple):
    """What a collector says of a request that it took: how many spans it threw away, and why."""

    rejected: int = 0
    message: str = ""


def read_reply(body: bytes) -> PartialSuccess:
    """Read an `ExportTraceServiceResponse`. What is no such message says nothing: never raises."""
    rejected, message = 0, ""
    try:
        for number, value in _fields(body):
            if number == 1 and isinstance(value, bytes):
                for inner, content in _fields(value):
                    if inner == 1 and isinstance(content, int):
                        rejected = min(content, _MASK_64 >> 1)
                    elif inner == 2 and isinstance(content, bytes):
                        message = content.decode("utf-8", "replace")
    except IndexError:
        return PartialSuccess()
    return PartialSuccess(rejected, message)


def _event(event: Event) -> bytes:
    parts = [b"\x09", _fixed64(event.time_ns), _field(b"\x12", _text(event.name))]
    for key, value in event.attributes.items():
        parts += (b"\x1a", _attribute(key, value))
    return b"".join(parts)


def _attribute(key: str, value: AttributeValue) -> bytes:
    """A `KeyValue` with its length before it."""
    if type(value) is str and len(value) > _LONGEST_KEPT:
        return _write_attribute(key, value)
    return _kept_attribute(key, value)


def _write_attribute(key: str, value: AttributeValue) -> bytes:
    return _delimited(_field(b"\x0a", _text(key)) + _field(b"\x12", _any_value(value)))


_kept_attribute = lru_cache(maxsize=4096, typed=True)(_write_attribute)


def _any_value(value: AttributeValue) -> bytes:
    if isinstance(value, str):
        return _field(b"\x0a", _text(value))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + _varint(value & _MASK_64)
    if isinstance(value, float):
        return b"\x21" + _double(value)
    return _field(b"\x2a", b"".join([_field(b"\x0a", _any_value(item)) for item in value]))


def _text(text: str) -> bytes:
    """UTF-8; a lone surrogate, which it has no place for, becomes a question mark."""
    return text.encode("utf-8", "replace")


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _delimited(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < 0x80:
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_ONE_BYTE = tuple(bytes((number,)) for number in range(0x80))


def _fields(message: bytes) -> Iterable[tuple[int, int | bytes]]:
    """Field numbers with their values; raises IndexError where the message is cut off or no protobuf."""
    at = 0
    for _ in range(_MOST_FIELDS):
        if at >= len(message):
            return
        key, at = _read_varint(message, at)
        wire, number = key & 7, key >> 3
        if wire == 0:
            value, at = _read_varint(message, at)
            yield number, value
            continue
        length, at = _read_varint(message, at) if wire == 2 else ({1: 8, 5: 4}.get(wire, len(message) + 1), at)
        if at + length > len(message):
            raise IndexError("cut off")
        yield number, message[at : at + length]
        at += length


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 64, 7):
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & _MASK_64, at
    raise IndexError("a number is too long")
