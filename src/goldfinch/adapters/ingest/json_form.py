"""OTLP in JSON: names in lowerCamelCase, ids in hexadecimal digits, 64-bit numbers as text or as numbers.

Source: opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding". Unknown members are left out, as it demands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from goldfinch.core.ingest.conventions import EVENTS, is_read
from goldfinch.core.ingest.failures import Unreadable
from goldfinch.core.ingest.span import RawSpan

_DEEPEST = 16
_MOST_EVENTS = 256
_KINDS = {"SPAN_KIND_SERVER": 2}
_STATUSES = {"STATUS_CODE_ERROR": 2}


class _Form(msgspec.Struct, rename="camel", gc=False):
    """A message of OTLP."""


class _Value(_Form):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _Array | None = None
    kvlist_value: _Pairs | None = None


class _Array(_Form):
    values: list[_Value] = []


class _Pair(_Form):
    key: str = ""
    value: _Value | None = None


class _Pairs(_Form):
    values: list[_Pair] = []


class _Event(_Form):
    name: str = ""
    attributes: list[_Pair] = []


class _Status(_Form):
    code: int | str = 0


class _Span(_Form):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    flags: int = 0
    kind: int | str = 0
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[_Pair] = []
    events: list[_Event] = []
    status: _Status | None = None


class _Scope(_Form):
    spans: list[_Span] = []


class _Resource(_Form):
    attributes: list[_Pair] = []


class _Group(_Form):
    resource: _Resource | None = None
    scope_spans: list[_Scope] = []


class _Request(_Form):
    resource_spans: list[_Group] = []


_decoder = msgspec.json.Decoder(_Request)


def spans_of_json(body: bytes) -> list[RawSpan]:
    """The spans of an ExportTraceServiceRequest. Raises `Unreadable`."""
    try:
        request = _decoder.decode(body)
        return [
            _span(span, resource)
            for group in request.resource_spans
            for resource in (_attributes(group.resource.attributes if group.resource is not None else ()),)
            for scope in group.scope_spans
            for span in scope.spans
        ]
    except (ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors too
        raise Unreadable("the body is no ExportTraceServiceRequest in JSON") from error


def _span(span: _Span, resource: dict[str, Any]) -> RawSpan:
    return RawSpan(
        _id(span.trace_id),
        _id(span.span_id),
        _id(span.parent_span_id),
        span.kind if isinstance(span.kind, int) else _KINDS.get(span.kind, 0),
        _whole(span.start_time_unix_nano),
        _whole(span.end_time_unix_nano),
        0 if span.status is None else span.status.code if isinstance(span.status.code, int) else _STATUSES.get(span.status.code, 0),
        _attributes(span.attributes),
        tuple((event.name, _attributes(event.attributes)) for event in span.events[:_MOST_EVENTS] if event.name in EVENTS),
        span.flags,
        resource,
    )


def _id(digits: str) -> bytes:
    """An id that is no hexadecimal number is a span's own fault: it is refused alone, by its length."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b"?"


def _whole(number: int | str) -> int:
    """A 64-bit number; 0 for what is none."""
    if isinstance(number, int):
        return number
    return int(number) if len(number) <= 20 and number.isascii() and number.lstrip("-").isdigit() else 0


def _attributes(given: Iterable[_Pair]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in given:
        if is_read(pair.key) and pair.key not in found:
            found[pair.key] = _value(pair.value)
    return found


def _value(value: _Value | None, depth: int = 0) -> Any:
    if value is None or depth > _DEEPEST:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _whole(value.int_value)
    if value.array_value is not None:
        return [_value(one, depth + 1) for one in value.array_value.values]
    if value.kvlist_value is not None:
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values}
    return value.bool_value if value.bool_value is not None else _double(value.double_value)


def _double(number: float | str | None) -> float | None:
    """Also "NaN" and "Infinity", which no reader of amounts takes."""
    return float(number) if isinstance(number, int | float) else None
