"""One suite for the tracer that keeps its spans and the one that sends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goldfinch.adapters.otlp.tracer import OtlpTracer
from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.mapping import TracedAgent
from goldfinch.core.telemetry.span import Span
from goldfinch.core.telemetry.targets import Target
from goldfinch.ports.tracer import Tracer
from goldfinch.testing.tracer import RecordingTracer
from goldfinch.testing.tracer_contract import SeenSpan, TracerContract
from tests.otlp_collector import Collector, collector


class TestRecordingTracer(TracerContract):
    def open_tracer(self, *, content: bool = False) -> Tracer:
        self.tracer = RecordingTracer(content=content)
        return self.tracer

    def seen(self) -> list[SeenSpan]:
        return [seen(span) for span in self.tracer.spans]


class TestOtlpTracer(TracerContract):
    @pytest.fixture(autouse=True)
    def _collector(self) -> Iterator[None]:
        with collector() as self.collector:
            yield

    collector: Collector

    def open_tracer(self, *, content: bool = False) -> Tracer:
        self.collector.taken.clear()
        target = Target(f"{self.collector.url}/v1/traces", "the collector")
        return OtlpTracer([target], agent=TracedAgent(), resource={}, redact=Redactor(), content=content)

    def seen(self) -> list[SeenSpan]:
        return self.collector.spans()


def seen(span: Span) -> SeenSpan:
    events = tuple((event.name, event.attributes) for event in span.events)
    return SeenSpan(span.name, span.trace_id, span.span_id, span.parent_id, span.start_ns, span.end_ns, span.attributes, events, span.error)
