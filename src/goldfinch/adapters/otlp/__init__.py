"""Spans to OpenTelemetry collectors, over OTLP/HTTP."""
