"""Bytes that exporters of OpenTelemetry send, read as spans: protobuf and JSON."""
