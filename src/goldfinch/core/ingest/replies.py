"""What an OTLP receiver answers, in the form in which it was asked. Source: opentelemetry.io/docs/specs/otlp, OTLP/HTTP response."""

from __future__ import annotations

import json
from typing import Final

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
"""Of google.rpc.Code."""


def taken(form: str, rejected: int, why: str) -> bytes:
    """ExportTraceServiceResponse; with `partial_success` where spans were rejected."""
    if not rejected:
        return b"{}" if form == JSON else b""
    if form == JSON:
        return json.dumps({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": why}}).encode()
    inner = b"\x08" + _varint(rejected) + _field(0x12, why)
    return b"\x0a" + _varint(len(inner)) + inner


def refused(form: str, code: int, message: str) -> bytes:
    """google.rpc.Status."""
    if form == JSON:
        return json.dumps({"code": code, "message": message}).encode()
    return b"\x08" + _varint(code) + _field(0x12, message)


def _field(tag: int, text: str) -> bytes:
    written = text.encode("utf-8", "replace")
    return bytes([tag]) + _varint(len(written)) + written


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
