"""Where spans go: over OTLP/HTTP to OTEL_EXPORTER_OTLP_ENDPOINT, and nowhere where that is not set."""

from __future__ import annotations

from collections.abc import Mapping

from src.telemetry.redaction import Redactor
from src.telemetry.tracing import AGENT_NAME, RELEASE, Tracing
from src.telemetry.version import service_version

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_YES = frozenset({"1", "true", "yes", "span_only", "span_and_event"})


def captures_content(environment: Mapping[str, str]) -> bool:
    """Whether texts of users and models may be recorded in spans (default: no)."""
    return environment.get(CAPTURE, "").strip().lower() in _YES


def tracing_of(release_id: str, environment: Mapping[str, str], redact: Redactor) -> Tracing:
    """Spans as the environment wants them. The SDK reads the other OTEL_* variables (headers, sampler, timeouts) itself."""
    if not any(environment.get(name) for name in ENDPOINTS):
        return Tracing(release_id)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": AGENT_NAME, "service.version": service_version(), RELEASE: release_id})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(
        release_id,
        tracer=provider.get_tracer("marketing_agent", service_version()),
        content=captures_content(environment),
        redact=redact,
        on_close=provider.shutdown,
    )
