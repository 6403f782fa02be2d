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
from goldfinch.core.telemetry.span import AttributeValue, Shared, Span

CONTENT_TYPE = "application/x-protobuf"
_MASK_64 = 0xFFFF_FFFF_FFFF_FFFF
_STATUS_ERROR = 2
_MOST_FIELDS = 64
_MOST_WRITTEN = 2048

_double = Struct("<d").pack
_times = Struct("<BQBQ").pack
_event_time = Struct("<BQ").pack


class SpanWriter:
    """Writes spans, each as it stands in the list of spans of its scope. What spans share is written once."""

    def __init__(self) -> None:
        self._written: dict[int, tuple[Shared, bytes, bytes]] = {}

    def write(self, span: Span) -> bytes:
        """One span. Field order is free in protobuf."""
        written = self._written
        like = written.get(id(span.shared)) or self._keep(span.shared, _span_like(span.shared))
        parts = [like[1], b"\x0a\x10", span.trace_id, b"\x12\x08", span.span_id]
        if span.parent_id is not None:
            parts += (b"\x22\x08", span.parent_id)
        end_ns = span.end_ns if span.end_ns > span.start_ns else span.start_ns  # a clock may go back
        parts.append(_times(0x39, span.start_ns, 0x41, end_ns))
        for key, value in span.own.items():
            kind = type(value)
            if kind is int:
                parts.append(_number(key, value))
            elif kind is float:
                parts += (_before_double(key), _double(value))
            elif kind is str:
                text = value.encode("utf-8", "replace")  # type: ignore[union-attr] # a text, as its type says
                parts += (_before_text(key, len(text)), text)
            else:
                parts += (b"\x4a", _attribute(key, value))
        for event in span.events:
            like = written.get(id(event)) or self._keep(event, _event_like(event))
            parts += (like[2], _event_time(0x09, end_ns), like[1])
        if span.error is not None:
            parts.append(_field(b"\x7a", _field(b"\x12", _text(span.error)) + b"\x18" + _varint(_STATUS_ERROR)))
        content = b"".join(parts)
        return b"\x12" + _varint(len(content)) + content

    def _keep(self, shared: Shared, written: bytes) -> tuple[Shared, bytes, bytes]:
        """Kept with its bytes, so that no other object can get its id; and what stands before it where it is an event."""
        if len(self._written) >= _MOST_WRITTEN:
            self._written.clear()
        kept = self._written[id(shared)] = (shared, written, b"\x5a" + _varint(len(written) + 9))
        return kept


def _span_like(shared: Shared) -> bytes:
    attributes = [b"\x4a" + _attribute(key, value) for key, value in shared.attributes.items()]
    return _field(b"\x2a", _text(shared.name)) + b"\x30" + _varint(shared.kind) + b"".join(attributes)


def _event_like(shared: Shared) -> bytes:
    attributes = [b"\x1a" + _attribute(key, value) for key, value in shared.attributes.items()]
    return _field(b"\x12", _text(shared.name)) + b"".join(attributes)


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
        parts = [self.scope, *spans]
        head = b"\x12" + _varint(size := sum(map(len, parts)))
        whole = len(self.resource) + len(head) + size
        return b"".join((b"\x0a", _varint(whole), self.resource, head, *parts))  # joined once: a batch is half a megabyte


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


def _attribute(key: str, value: AttributeValue) -> bytes:
    """A `KeyValue` with its length before it."""
    head = _head(key)
    written = _any_value(value)
    return _field(b"", head + _varint(len(written)) + written)


# What an attribute of a span is made of, tag included: the same keys, lengths and token counts come again and again.


@lru_cache(maxsize=2048)
def _number(key: str, value: int) -> bytes:
    return b"\x4a" + _attribute(key, value)


@lru_cache(maxsize=256)
def _before_double(key: str) -> bytes:
    return _before_value(key, 9) + b"\x21"


@lru_cache(maxsize=2048)
def _before_text(key: str, size: int) -> bytes:
    length = _varint(size)
    return _before_value(key, 1 + len(length) + size) + b"\x0a" + length


def _before_value(key: str, size: int) -> bytes:
    """Everything before a value of `size` bytes."""
    head = _head(key) + _varint(size)
    return b"\x4a" + _varint(len(head) + size) + head


@lru_cache(maxsize=256)
def _head(key: str) -> bytes:
    """The key, and the tag of its value."""
    return _field(b"\x0a", _text(key)) + b"\x12"


def _any_value(value: AttributeValue) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-8", "replace")
        return b"\x0a" + _varint(len(text)) + text
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


def _varint(number: int) -> bytes:
    if number < 0x80:
        return _ONE_BYTE[number]
    if number < 0x4000:
        return bytes((number & 0x7F | 0x80, number >> 7))
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
