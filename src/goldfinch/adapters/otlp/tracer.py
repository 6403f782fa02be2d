"""The tracer that sends: a run's spans, written as they are made, to every target."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import time_ns

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import Problem
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.telemetry import codes
from goldfinch.core.telemetry.mapping import OpenAnswer, SpanMapping, TracedAgent, resource_of
from goldfinch.core.telemetry.otlp import Envelope, SpanWriter
from goldfinch.core.telemetry.run_trace import RunTrace
from goldfinch.core.telemetry.targets import Target
from goldfinch.core.telemetry.trace_context import SpanContext

from .http import OtlpPoster
from .outbox import Delivery, Outbox, Poster

CLOSE_WITHIN_S = 3.0
"""How long the end of a run waits for its last spans, all targets together."""

WRITE_ANSWERS = 64
"""Answers whose spans are written in one go, so that code and tables stay in the processor's cache: 8 cost 4 µs an answer more.

Many, because what is held back no longer wakes the garbage collector (`bootstrap.event_loop`)."""
WRITE_EVERY_NS = 1_000_000_000


class OtlpTracer:
    """Follows one session of a run (see `ports.tracer.Tracer`). Spans are written on the spot, and sent by threads."""

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        agent: TracedAgent,
        resource: Mapping[str, str],
        redact: Redactor,
        content: bool = False,
        connect: Callable[[Target], Poster] = OtlpPoster,
        close_within_s: float = CLOSE_WITHIN_S,
    ) -> None:
        self._targets = tuple(targets)
        self._agent = agent
        self._resource = resource
        self._redact = redact
        self._content = content
        self._connect = connect
        self._close_within_s = close_within_s
        self._outboxes: list[Outbox] = []
        self._writer = SpanWriter()
        self._ended: list[tuple[OpenAnswer, OutputRecord, ScoreRecord, int]] = []
        self._unwritable = 0
        self._trace: RunTrace | None = None

    def begin_run(self, manifest: Manifest) -> str:
        random = Random()  # noqa: S311 - ids, not secrets; seeded by the system

        def new_id() -> bytes:
            return (random.getrandbits(64) or 1).to_bytes(8, "big")  # all zero means no id

        mapping = SpanMapping(manifest, self._agent, content=self._content, redact=self._redact, new_id=new_id)
        self._trace = RunTrace(mapping, SpanContext(new_id() + new_id(), new_id()), time_ns(), new_id)
        envelope = Envelope.of(resource_of(manifest, self._resource), manifest.goldfinch_version)
        self._outboxes = [Outbox(self._connect(target), envelope.request) for target in self._targets]
        for outbox in self._outboxes:
            outbox.start()
        return f"{' and '.join(target.name for target in self._targets)} (trace {self._trace.root.trace_id.hex()})"

    def begin_answer(self, case: Case, trial: int, seed: int | None) -> OpenAnswer:
        return (self._trace or self._begun).begin(case, trial, seed, time_ns())

    def end_answer(self, answer: OpenAnswer, record: OutputRecord, scored: ScoreRecord) -> None:
        now_ns = time_ns()
        self._ended.append((answer, record, scored, now_ns))
        if len(self._ended) >= WRITE_ANSWERS or now_ns - self._ended[0][3] > WRITE_EVERY_NS:
            self._write_ended()

    async def end_run(self, manifest: Manifest, summary: Summary | None) -> tuple[Problem, ...]:
        self._write_ended()
        try:
            self._send([self._writer.write(span) for span in self._begun.close(manifest, summary, time_ns())])
        except Exception:  # noqa: BLE001 - as above
            self._unwritable += 1
        closing = [asyncio.to_thread(outbox.close, self._close_within_s) for outbox in self._outboxes]
        deliveries = await asyncio.gather(*closing)
        return tuple(filter(None, map(self._problem, self._targets, deliveries)))

    @property
    def _begun(self) -> RunTrace:
        if self._trace is None:
            raise RuntimeError("the run has not begun")
        return self._trace

    def _write_ended(self) -> None:
        trace, write = self._begun, self._writer.write
        written: list[bytes] = []
        for answer, record, scored, end_ns in self._ended:
            try:
                written += map(write, trace.end(answer, record, scored, end_ns))
            except Exception:  # noqa: BLE001 - an agent's answer may hold anything; a run is not to end for its traces
                self._unwritable += 1
        self._ended.clear()
        self._send(written)

    def _send(self, written: Sequence[bytes]) -> None:
        for outbox in self._outboxes:
            outbox.put(written)

    def _problem(self, target: Target, delivery: Delivery) -> Problem | None:
        lost, why = delivery.lost + self._unwritable, delivery.why or "they hold what OTLP cannot"
        if not lost:
            return None
        return Problem(
            f"{lost} of {delivery.sent + lost} spans did not reach {target.name}: {self._redact.line(why)}",
            hint="the run itself is not affected",
            code=codes.SPANS_LOST,
        )
