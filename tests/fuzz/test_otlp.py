"""A collector may answer anything, and an agent may say anything."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

from goldfinch.core.telemetry.otlp import Envelope, SpanWriter, read_reply
from goldfinch.core.telemetry.span import AttributeValue, Shared, Span
from tests.otlp_collector import seen, spans_of

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
TEXTS = st.text(st.characters(codec=None), max_size=300)
VALUES = st.one_of(
    TEXTS, st.booleans(), st.integers(-(1 << 63), (1 << 63) - 1), st.floats(allow_nan=False), st.lists(TEXTS, max_size=3).map(tuple)
)


def test_no_reply_breaks_its_reader_and_valid_ones_are_read_as_opentelemetry_reads_them(fuzz: Fuzz) -> None:
    @fuzz(2_000, st.binary(max_size=200))
    def _(body: bytes) -> None:
        found = read_reply(body)
        assert found.rejected >= 0
        try:
            partial = ExportTraceServiceResponse.FromString(body).partial_success
        except DecodeError:
            return
        if partial.rejected_spans >= 0 and not partial.ListFields():
            assert found.rejected == 0


def test_every_span_is_read_back_as_it_was(fuzz: Fuzz) -> None:
    writer = SpanWriter()

    @fuzz(1_000, st.dictionaries(TEXTS, VALUES, max_size=6), TEXTS, st.none() | TEXTS)
    def _(own: dict[str, AttributeValue], name: str, error: str | None) -> None:
        own = {key.encode("utf-8", "replace").decode(): value for key, value in own.items()}
        written = writer.write(Span(Shared(name, {}), b"t" * 16, b"s" * 8, None, 1, 2, own, (), error))
        [span] = spans_of(ExportTraceServiceRequest.FromString(Envelope.of({}, "1").request([written])))
        assert span.name == name.encode("utf-8", "replace").decode()
        assert seen(span).attributes == {key: _as_written(value) for key, value in own.items()}


def _as_written(value: AttributeValue) -> AttributeValue:
    if isinstance(value, tuple):
        return tuple(str(_as_written(item)) for item in value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
