"""Spans as agents send them, and where what they come to is kept, for the tests of the receiver and of live scores."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from goldfinch.adapters.pricing import PriceList
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.health.events import TurnNote
from goldfinch.core.ingest.span import RawSpan
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.redaction import Redactor
from goldfinch.operations.receive_spans import Sink, SpanIntake
from goldfinch.ports.clock import Clock
from goldfinch.ports.trace_queue import SampledAnswer
from goldfinch.testing.clock import FakeClock

CANARY, STABLE = "rel_canary", "rel_stable"
TARGET = LiveTarget("rollout-1", "support", "local", CANARY, STABLE, sample=1.0)
AGENT = {"gen_ai.operation.name": "invoke_agent"}
CHAT = {"gen_ai.operation.name": "chat"}
TOOL = {"gen_ai.operation.name": "execute_tool"}
_serial = itertools.count(1)


class KeptNotes:
    """`LiveNotes` in memory; `broken` makes it refuse."""

    def __init__(self) -> None:
        self.notes: list[TurnNote] = []
        self.broken = False

    def add(self, notes: Iterable[TurnNote]) -> None:
        if self.broken:
            raise InfrastructureError("the disk is full")
        self.notes.extend(notes)

    def of(self, session: str) -> list[TurnNote]:
        return [note for note in self.notes if note.session == session]


class KeptAnswers:
    """`TraceQueue` in memory; `done_fails` is a kill between the notes and the letting go."""

    def __init__(self, answers: Iterable[SampledAnswer] = ()) -> None:
        self.answers = {answer.id: answer for answer in answers}
        self.done_fails = False

    def put(self, answers: Iterable[SampledAnswer]) -> int:
        before = len(self.answers)
        self.answers |= {answer.id: answer for answer in answers}
        return len(self.answers) - before

    def take(self, limit: int) -> tuple[SampledAnswer, ...]:
        return tuple(self.answers.values())[:limit]

    def done(self, ids: Iterable[str]) -> None:
        if self.done_fails:
            raise InfrastructureError("killed")
        for one in ids:
            self.answers.pop(one, None)

    def dropped(self) -> int:
        return 0


class World:
    """An intake with everything around it: move `clock` by `after`."""

    def __init__(self, *targets: LiveTarget, most_spans: int = 1_000, clock: FakeClock | None = None) -> None:
        self.targets = targets or (TARGET,)
        self.notes, self.queue, self.clock = KeptNotes(), KeptAnswers(), clock or FakeClock()
        self.lines: list[tuple[str, str]] = []
        self.intake = intake_of(self, self.clock, most_spans)

    def tell(self, kind: str, line: str) -> None:
        self.lines.append((kind, line))

    async def after(self, seconds: float) -> int:
        """Let time go by and write what is whole then; how many turns there were."""
        await self.clock.sleep(seconds)
        return self.intake.write_due()


def intake_of(world: World, clock: Clock, most_spans: int) -> SpanIntake:
    return SpanIntake(
        lambda: world.targets,
        lambda _: Sink(world.notes, world.queue),
        prices=PriceList(),
        redact=Redactor(["the-secret-of-this-test"]),
        clock=clock,
        most_spans=most_spans,
        tell=world.tell,
    )


def new_id(length: int) -> bytes:
    return next(_serial).to_bytes(length, "big")


def span(
    own: Mapping[str, Any],
    parent: RawSpan | None = None,
    *,
    trace_id: bytes | None = None,
    failed: bool = False,
    kind: int = 1,
    at_s: float = 1_700_000_000.0,
    events: tuple[tuple[str, Mapping[str, Any]], ...] = (),
    resource: Mapping[str, Any] | None = None,
) -> RawSpan:
    """A span below `parent`, of the canary unless `resource` says otherwise."""
    return RawSpan(
        trace_id or (parent.trace_id if parent is not None else new_id(16)),
        new_id(8),
        parent.span_id if parent is not None else b"",
        kind,
        int(at_s * 1e9),
        int((at_s + 1) * 1e9),
        2 if failed else 0,
        own,
        events,
        0,
        {"release.id": CANARY} if resource is None else resource,
    )


def request(*spans: RawSpan) -> bytes:
    """An ExportTraceServiceRequest, written by OpenTelemetry's own classes; each span in a resource of its own."""
    sent = ExportTraceServiceRequest()
    for one in spans:
        group = sent.resource_spans.add()
        group.resource.attributes.extend(_pairs(one.resource))
        group.scope_spans.add().spans.append(
            Span(
                trace_id=one.trace_id,
                span_id=one.span_id,
                parent_span_id=one.parent_id,
                kind=one.kind,  # type: ignore[arg-type] # an int is taken
                start_time_unix_nano=one.start_ns,
                end_time_unix_nano=one.end_ns,
                attributes=_pairs(one.attributes),
                events=[Span.Event(name=name, attributes=_pairs(own)) for name, own in one.events],
                status={"code": one.status},  # type: ignore[arg-type] # a dict is taken
                flags=one.flags,
            )
        )
    return bytes(sent.SerializeToString())


def _pairs(own: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in own.items()]


def _value(value: Any) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_value(one) for one in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=_pairs(value)))
    return AnyValue(string_value=value)
