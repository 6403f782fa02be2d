"""Spans of one trace that come in several batches and in any order, gathered until their turn is whole. Bounded, and never for ever."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from goldfinch.core.ingest.span import SpanFacts

SETTLE_S: Final = 2.0
"""After the last span of a trace whose root has come: roots end last, but another process may send its part later."""
WAIT_S: Final = 30.0
"""After the last span of a trace whose root has not come."""
LONGEST_S: Final = 300.0
"""After its first span: a trace that never falls silent is read as far as it is there."""
MOST_SPANS: Final = 10_000
"""Of one trace."""
REMEMBERED: Final = 20_000
"""Traces that were read, so that their late spans are told from new ones."""


@dataclass(slots=True)
class Past:
    """What was read of a trace already: late spans join it."""

    roots: set[bytes] = field(default_factory=set)
    session: str | None = None
    release: str | None = None
    end_ns: int = 0
    """Of the only turn, where there was one; session None: of none, or of several."""
    early: set[str] = field(default_factory=set)
    """Flags of spans that were read before their turn's root came."""
    is_partial: bool = False
    """There were such spans: what they used is not known to whoever reads the root."""


@dataclass(slots=True)
class OpenTrace:
    """A trace that is being gathered."""

    trace_id: bytes
    first_s: float
    last_s: float
    past: Past | None = None
    """Not None: some of it was read before."""
    spans: dict[bytes, SpanFacts] = field(default_factory=dict)
    has_root: bool = False
    session: str | None = None
    content_size: int = 0

    @property
    def due_s(self) -> float:
        """When it is to be read."""
        return min(self.last_s + (SETTLE_S if self.has_root else WAIT_S), self.first_s + LONGEST_S)


class Assembly:
    """The traces under way. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._open: dict[bytes, OpenTrace] = {}
        self._past: OrderedDict[bytes, Past] = OrderedDict()
        self.spans = 0
        """Held, of all traces."""
        self.content_size = 0
        """Bytes of text held, about."""

    def __len__(self) -> int:
        return len(self._open)

    def add(self, trace_id: bytes, facts: SpanFacts, now_s: float) -> OpenTrace | None:
        """Take a span in, and say where; None where it is there already (a batch that was sent twice), or its trace has too many."""
        trace = self._open.get(trace_id)
        if trace is None:
            trace = self._open[trace_id] = OpenTrace(trace_id, now_s, now_s, self._past.get(trace_id))
        elif facts.span_id in trace.spans or len(trace.spans) >= MOST_SPANS:
            return None
        trace.spans[facts.span_id] = facts
        trace.last_s = now_s
        trace.has_root = trace.has_root or facts.is_root
        trace.session = trace.session or facts.session
        self.spans += 1
        if facts.content is not None:
            self._grow(trace, facts.content.size)
        return trace

    def open_trace(self, trace_id: bytes) -> OpenTrace | None:
        """What has come of a trace by now."""
        return self._open.get(trace_id)

    def drop_content(self, trace: OpenTrace) -> None:
        """Forget what was said: its session is known now, and nobody scores it."""
        if trace.content_size:
            for facts in trace.spans.values():
                facts.content = None
            self._grow(trace, -trace.content_size)

    def due(self, now_s: float, *, everything: bool = False) -> list[OpenTrace]:
        """Those that are to be read now. They stay, and stay counted, until they are `done`."""
        return [trace for trace in self._open.values() if everything or trace.due_s <= now_s]

    def done(self, traces: Iterable[tuple[OpenTrace, Past]]) -> None:
        """Let go of traces that were read and written, and remember what was read."""
        for trace, past in traces:
            del self._open[trace.trace_id]
            self.spans -= len(trace.spans)
            self._grow(trace, -trace.content_size)
            self._past[trace.trace_id] = past
            self._past.move_to_end(trace.trace_id)
        while len(self._past) > REMEMBERED:
            self._past.popitem(last=False)

    def _grow(self, trace: OpenTrace, size: int) -> None:
        trace.content_size += size
        self.content_size += size
