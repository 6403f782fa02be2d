"""Wires the OTLP receiver."""

from __future__ import annotations

import logging
from collections.abc import Callable

from goldfinch.adapters.ingest.json_form import spans_of_json
from goldfinch.adapters.ingest.protobuf import spans_of_protobuf
from goldfinch.adapters.pricing import PriceList
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.ingest.notices import Notices
from goldfinch.core.ingest.replies import JSON, PROTOBUF
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.redaction import Redactor
from goldfinch.operations.receive_spans import Sink, SpanIntake, Tell
from goldfinch.ports.clock import Clock

logger = logging.getLogger("goldfinch.otlp")


def span_intake(
    loaded: LoadedSettings,
    targets: Callable[[], tuple[LiveTarget, ...]],
    sink_of: Callable[[LiveTarget], Sink],
    *,
    redact: Redactor | None = None,
    clock: Clock | None = None,
    tell: Tell | None = None,
) -> SpanIntake:
    """What `web.otlp.OtlpReceiver` gives its spans to. `sink_of` says where the notes of a rollout go, `targets` which are under way."""
    settings, clock = loaded.settings, clock or SystemClock()
    return SpanIntake(
        targets,
        sink_of,
        prices=PriceList(settings.prices),
        redact=redact or redactor_for(settings.agent),
        clock=clock,
        most_spans=settings.serve.max_spans_in_memory,
        tell=tell or logged(clock),
    )


DECODERS = {PROTOBUF: spans_of_protobuf, JSON: spans_of_json}


def logged(clock: Clock, log: logging.Logger = logger) -> Tell:
    """Warnings in the log, each kind once, then at most one a minute."""
    notices = Notices()

    def tell(kind: str, line: str) -> None:
        written = notices.line(kind, line, clock.monotonic_s())
        if written is not None:
            log.warning("%s", written)

    return tell
