"""The span of an answer as OpenTelemetry's own current span, for agents that run in this process and are instrumented themselves."""

from __future__ import annotations

import sys
from typing import Any

from goldfinch.core.telemetry.trace_context import SpanContext


def join(span: SpanContext) -> None:
    """Make `span` the parent of spans that the present task starts from now on, where the agent uses OpenTelemetry; else do nothing.

    The library is never imported here: an agent that is instrumented has imported it. The worker's context is its own, so nothing has
    to be taken back; the next answer sets the next span.
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    context: Any = sys.modules.get("opentelemetry.context")
    if trace is None or context is None:
        return
    try:
        parent = trace.SpanContext(
            int.from_bytes(span.trace_id, "big"),
            int.from_bytes(span.span_id, "big"),
            is_remote=True,
            trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
        )
        context.attach(trace.set_span_in_context(trace.NonRecordingSpan(parent)))
    except Exception:  # noqa: BLE001 - a foreign library, perhaps half imported; a run is not to end for its traces
        return
