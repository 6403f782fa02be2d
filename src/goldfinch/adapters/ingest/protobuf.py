"""OTLP in protobuf, by the generated classes of opentelemetry-proto: their reader is C, and bounds depth by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from goldfinch.core.ingest.conventions import EVENTS, NAMES, NUMBERED
from goldfinch.core.ingest.failures import Unreadable
from goldfinch.core.ingest.span import NO_ATTRIBUTES, RawSpan

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_DEEPEST = 16
_MOST_EVENTS = 256


def spans_of_protobuf(body: bytes) -> list[RawSpan]:
    """The spans of an ExportTraceServiceRequest. Raises `Unreadable`; needs the extra `rollout`."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except (DecodeError, ValueError, RecursionError) as error:  # ValueError: text that is no UTF-8, as the pure Python reader says it
        raise Unreadable("the body is no ExportTraceServiceRequest in protobuf") from error
    found: list[RawSpan] = []
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        for scope in group.scope_spans:
            found.extend([_span(span, resource) for span in scope.spans])
    return found


def _span(span: Span, resource: dict[str, Any]) -> RawSpan:
    events = span.events
    return RawSpan(
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code,
        _attributes(span.attributes),
        tuple((event.name, _attributes(event.attributes)) for event in events[:_MOST_EVENTS] if event.name in EVENTS) if events else (),
        span.flags,
        resource,
    )


def _attributes(given: Iterable[KeyValue]) -> dict[str, Any]:
    """Those that are read; the first of a name counts."""
    found: dict[str, Any] = {}
    for pair in given:
        name = pair.key
        if (name in NAMES or name.startswith(NUMBERED)) and name not in found:
            found[name] = _value(pair.value)
    return found or NO_ATTRIBUTES  # type: ignore[return-value] # never written to


def _value(value: AnyValue, depth: int = 0) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or depth > _DEEPEST:
        return None
    if kind == "array_value":
        return [_value(one, depth + 1) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return None  # nothing that is read comes as bytes
    return getattr(value, kind)
