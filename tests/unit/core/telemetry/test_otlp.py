"""What is written is what OpenTelemetry's own classes read."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from goldfinch.core.telemetry.otlp import Envelope, PartialSuccess, SpanWriter, read_reply
from goldfinch.core.telemetry.span import Attributes, Shared, Span, SpanKind
from tests.otlp_collector import attributes, seen, spans_of

VALUES: Attributes = {
    "text": "größe \U0001f600",
    "empty": "",
    "long": "x" * 70_000,
    "surrogate": "a\ud800b",
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "negative": -5,
    "large": 2**63 - 1,
    "float": 0.1,
    "infinite": float("inf"),
    "list": ("a", "b", ""),
    "none of them": (),
}


def span(own: Attributes, *, parent: bytes | None = b"p" * 8, error: str | None = None, events: tuple[Shared, ...] = ()) -> Span:
    return Span(
        Shared("a name", {"shared": "yes"}, SpanKind.CLIENT),
        b"t" * 16,
        b"s" * 8,
        parent,
        1_700_000_000_000_000_001,
        2**62,
        own,
        events,
        error,
    )


def read(*written: bytes) -> list[ProtoSpan]:
    return spans_of(ExportTraceServiceRequest.FromString(Envelope.of({"service.name": "goldfinch"}, "1.0").request(written)))


def test_every_kind_of_value_arrives_as_it_was() -> None:
    [arrived] = read(SpanWriter().write(span(dict(VALUES))))
    assert seen(arrived).attributes == {"shared": "yes"} | VALUES | {"surrogate": "a?b"}
    assert (arrived.name, arrived.kind, arrived.parent_span_id) == ("a name", ProtoSpan.SPAN_KIND_CLIENT, b"p" * 8)
    assert (arrived.start_time_unix_nano, arrived.end_time_unix_nano) == (1_700_000_000_000_000_001, 2**62)


def test_a_root_has_no_parent_and_no_status() -> None:
    [arrived] = read(SpanWriter().write(span({}, parent=None)))
    assert (arrived.parent_span_id, arrived.HasField("status")) == (b"", False)


def test_a_clock_that_went_back_gives_no_negative_length() -> None:
    one = span({})
    one.end_ns = one.start_ns - 5
    [arrived] = read(SpanWriter().write(one))
    assert arrived.start_time_unix_nano == arrived.end_time_unix_nano


def test_events_arrive_with_the_time_of_the_end_and_so_does_the_status() -> None:
    event = Shared("happened", {"value": 0.5, "label": "x" * 300})
    [arrived] = read(SpanWriter().write(span({}, error="broke", events=(event, event))))
    assert seen(arrived).events == (("happened", {"value": 0.5, "label": "x" * 300}),) * 2
    assert [one.time_unix_nano for one in arrived.events] == [2**62] * 2
    assert seen(arrived).error == "broke"


def test_what_spans_share_is_not_mixed_up_when_there_is_much_of_it() -> None:
    writer = SpanWriter()
    many = [Span(Shared(f"n{n}", {"n": n}), b"t" * 16, b"s" * 8, None, 1, 2, {}) for n in range(5_000)]
    assert [(one.name, seen(one).attributes) for one in read(*map(writer.write, many))] == [(f"n{n}", {"n": n}) for n in range(5_000)]


def test_the_envelope_says_who_sends() -> None:
    request = ExportTraceServiceRequest.FromString(Envelope.of({"service.name": "x", "a": "b"}, "1.0").request([]))
    [resource] = request.resource_spans
    [scope] = resource.scope_spans
    assert attributes(resource.resource.attributes) == {"service.name": "x", "a": "b"}
    assert (scope.scope.name, scope.scope.version) == ("goldfinch", "1.0")
    assert attributes(scope.scope.attributes) == {"goldfinch.conventions": "semantic-conventions-genai 0.1.0"}


def test_a_partial_success_is_read() -> None:
    partial = ExportTracePartialSuccess(rejected_spans=300, error_message="größe")
    assert read_reply(ExportTraceServiceResponse(partial_success=partial).SerializeToString()) == PartialSuccess(300, "größe")
    assert read_reply(ExportTraceServiceResponse().SerializeToString()) == PartialSuccess()
