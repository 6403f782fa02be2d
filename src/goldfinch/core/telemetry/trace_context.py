"""Which span a call belongs to, in the form that crosses process borders."""

from __future__ import annotations

from typing import NamedTuple


class SpanContext(NamedTuple):
    """A span by its ids: 16 and 8 bytes, neither all zero."""

    trace_id: bytes
    span_id: bytes

    @property
    def traceparent(self) -> str:
        """The header's value, marked as sampled: every span of a traced run is sent. Source: W3C Trace Context, 3.2."""
        return f"00-{self.trace_id.hex()}-{self.span_id.hex()}-01"
