"""Spans on their way to one collector: bounded, in batches, by a thread that nobody has to wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from goldfinch.core.telemetry.delivery import Delivered, Lost, Reply, next_step

BATCH_SPANS = 512
BATCH_BYTES = 2 * 2**20
EVERY_S = 1.0
MOST_BYTES = 32 * 2**20
"""What may wait for a collector that is slower than the run; more is thrown away, and counted."""


class Poster(Protocol):
    """Sends one request."""

    def post(self, body: bytes, timeout_s: float | None) -> Reply:
        """`timeout_s` None: the target's own. Never raises for what the other side does."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the spans of one target. `why` is the first reason for a loss."""

    sent: int
    lost: int
    why: str


class Outbox:
    """One target's spans. `put` costs a microsecond a span and never waits.

    The thread is a daemon that is never joined without a limit: neither a hanging collector nor a hanging name server can hold up the
    process. `wait` and `now` are the thread's clock: `wait(seconds)` returns True as soon as the outbox is being closed.
    """

    def __init__(
        self,
        poster: Poster,
        pack: Callable[[Sequence[bytes]], bytes],
        *,
        most_bytes: int = MOST_BYTES,
        now: Callable[[], float] = monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._poster = poster
        self._pack = pack
        self._most_bytes = most_bytes
        self._now = now
        self._closing = Event()
        self._ready = Event()
        self._wait = wait or self._closing.wait
        self._waiting: deque[bytes] = deque()
        self._put_bytes = self._taken_bytes = 0  # each written by one side only: no lock
        self._overflowed = self._under_way = 0
        self._sent = self._lost = 0
        self._why = ""
        self._deadline: float | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        thread = Thread(target=self._work, name="goldfinch-otlp", daemon=True)
        with suppress(RuntimeError):  # no thread can be had: then nothing is sent, and said so at the end
            thread.start()
            self._thread = thread

    def put(self, spans: Sequence[bytes]) -> None:
        """Take spans that a `SpanWriter` wrote; those for which too much waits already are thrown away."""
        waiting_bytes = self._put_bytes - self._taken_bytes
        size = sum(map(len, spans))
        if waiting_bytes + size <= self._most_bytes:
            self._put_bytes += size
            self._waiting += spans
        else:
            self._put_what_fits(spans, waiting_bytes)
        if len(self._waiting) >= BATCH_SPANS:
            self._ready.set()

    def _put_what_fits(self, spans: Sequence[bytes], waiting_bytes: int) -> None:
        for span in spans:
            waiting_bytes += len(span)
            if waiting_bytes > self._most_bytes:
                waiting_bytes -= len(span)
                self._overflowed += 1
            else:
                self._put_bytes += len(span)
                self._waiting.append(span)

    def close(self, timeout_s: float) -> Delivery:
        """Send what waits, for at most `timeout_s`; blocks. What is left then counts as lost."""
        self._deadline = self._now() + timeout_s
        self._closing.set()
        self._ready.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.result(is_over=True)

    def result(self, *, is_over: bool = False) -> Delivery:
        """Counts so far. `is_over`: what is still waiting or under way is not going to arrive."""
        sent, lost, overflowed = self._sent, self._lost, self._overflowed
        why = self._why or ("it takes spans more slowly than they are made" if overflowed else "")
        if is_over and (unsent := len(self._waiting) + self._under_way):
            lost += unsent
            why = why or "it did not answer in time"
        return Delivery(sent, lost + overflowed, why)

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                is_full = self._ready.wait(EVERY_S)
                if not self._closing.is_set():
                    self._ready.clear()
                # What came during a request waits for more: each request costs the run a third of a millisecond, however small.
                self.send_waiting(full_only=is_full)
            self.send_waiting()
        finally:
            self._poster.close()

    def send_waiting(self, *, full_only: bool = False) -> None:
        """Send everything that waits; with `full_only` as long as it fills a batch. Called by the thread, and by tests."""
        while self._waiting and not (full_only and self._is_less_than_a_batch()):
            batch = self._batch()
            self._under_way = len(batch)
            if self._is_too_late():
                self._lose(len(batch), "it did not answer in time")
            else:
                self._deliver(batch)
            self._under_way = 0

    def _is_less_than_a_batch(self) -> bool:
        return len(self._waiting) < BATCH_SPANS and self._put_bytes - self._taken_bytes < BATCH_BYTES

    def _batch(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        while self._waiting and len(batch) < BATCH_SPANS and size < BATCH_BYTES:
            span = self._waiting.popleft()
            size += len(span)
            batch.append(span)
        self._taken_bytes += size
        return batch

    def _deliver(self, batch: list[bytes]) -> None:
        body, attempts = self._pack(batch), 0
        while True:
            attempts += 1
            step = next_step(self._post(body), attempts, self._left_s())
            if isinstance(step, Delivered):
                rejected = min(step.rejected, len(batch))
                self._sent += len(batch) - rejected
                if rejected:
                    self._lose(rejected, f"it rejected them: {step.why}" if step.why else "it rejected them")
                return
            if isinstance(step, Lost):
                self._lose(len(batch), step.why)
                if self._deadline is not None:
                    self._give_up(step.why)
                return
            self._wait(step.delay_s)

    def _post(self, body: bytes) -> Reply:
        left_s = self._left_s()
        try:
            return self._poster.post(body, left_s)
        except Exception as error:  # noqa: BLE001 - whatever it is, a run is not to end for its traces
            return Reply(None, type(error).__name__)

    def _give_up(self, why: str) -> None:
        """The run is over and the collector takes nothing: the other batches are not tried."""
        self._lose(len(self._waiting), why)
        self._waiting.clear()

    def _lose(self, count: int, why: str) -> None:
        self._lost += count
        self._why = self._why or why

    def _left_s(self) -> float | None:
        return None if self._deadline is None else max(0.01, self._deadline - self._now())

    def _is_too_late(self) -> bool:
        return self._deadline is not None and self._now() >= self._deadline
