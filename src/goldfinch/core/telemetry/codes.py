"""Codes of what tracing has to say. All of them are notes: none stops a run or changes its exit code."""

from __future__ import annotations

NOWHERE_TO_SEND = "E2040"
NO_ENDPOINT = "E2041"
SWITCHED_OFF = "E2042"
NOT_UNDERSTOOD = "E2043"
OTHER_PROTOCOL = "E2044"
SPANS_LOST = "E2045"

EXPLANATIONS = {
    NOWHERE_TO_SEND: (
        "Tracing is asked for, and the environment names nowhere to send spans to. The run goes on without.",
        "Set OTEL_EXPORTER_OTLP_ENDPOINT to a collector, or LANGSMITH_API_KEY; see guides/tracing.md.",
    ),
    NO_ENDPOINT: (
        "An endpoint for spans is no URL that can be called. Nothing is sent there; the run goes on.",
        "Write http(s)://host:port/path, keys in OTEL_EXPORTER_OTLP_HEADERS.",
    ),
    SWITCHED_OFF: ("OTEL_SDK_DISABLED switches tracing off. The run goes on without.", "Unset it to trace."),
    NOT_UNDERSTOOD: (
        "A variable of OpenTelemetry or LangSmith holds what it cannot hold; that part of it is left out.",
        "Correct the variable that the message names.",
    ),
    OTHER_PROTOCOL: (
        "OTEL_EXPORTER_OTLP_PROTOCOL asks for gRPC or JSON. Goldfinch sends http/protobuf, which every collector takes.",
        "Name the collector's HTTP port, usually 4318.",
    ),
    SPANS_LOST: (
        "Spans did not reach the collector: it is not there, too slow, or refuses them. Run and exit code are not affected.",
        "Read the reason in the message; the run's files hold everything that the spans would have.",
    ),
}
