"""Batches, bounds and losses of an outbox; its thread is this test, its clock a fake one."""

from __future__ import annotations

from collections.abc import Sequence

from goldfinch.adapters.otlp.outbox import BATCH_BYTES, BATCH_SPANS, Delivery, Outbox
from goldfinch.core.telemetry.delivery import Reply

OK = Reply(200)
REFUSED = Reply(None, "connection refused")


class Scripted:
    """A collector that gives these replies, the last one for ever; each request takes `takes_s` of the clock."""

    def __init__(self, *replies: Reply, takes_s: float = 0.0) -> None:
        self.replies = list(replies)
        self.takes_s = takes_s
        self.now = 0.0
        self.waits: list[float] = []
        self.bodies: list[bytes] = []
        self.timeouts: list[float | None] = []

    def post(self, body: bytes, timeout_s: float | None) -> Reply:
        self.bodies.append(body)
        self.timeouts.append(timeout_s)
        self.now += self.takes_s if timeout_s is None else min(self.takes_s, timeout_s)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self) -> None:
        return

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return False


def outbox(collector: Scripted, *, most_bytes: int = 1 << 20) -> Outbox:
    """Without its thread: `send_waiting` is called by the test."""

    def pack(batch: Sequence[bytes]) -> bytes:
        return b"".join(batch)

    return Outbox(collector, pack, most_bytes=most_bytes, now=lambda: collector.now, wait=collector.wait)


def filled(collector: Scripted, spans: int, *, most_bytes: int = 1 << 20) -> Outbox:
    box = outbox(collector, most_bytes=most_bytes)
    box.put([b"s"] * spans)
    return box


def test_spans_go_out_in_batches_and_in_order() -> None:
    collector = Scripted(OK)
    box = outbox(collector)
    box.put([b"%d," % number for number in range(BATCH_SPANS + 1)])
    box.send_waiting()
    assert [body.count(b",") for body in collector.bodies] == [BATCH_SPANS, 1]
    assert b"".join(collector.bodies) == b"".join(b"%d," % number for number in range(BATCH_SPANS + 1))
    assert box.result() == Delivery(BATCH_SPANS + 1, 0, "")


def test_what_does_not_fill_a_batch_waits_for_more_while_only_full_ones_go() -> None:
    collector = Scripted(OK)
    box = filled(collector, BATCH_SPANS + 1, most_bytes=4 * BATCH_BYTES)
    box.send_waiting(full_only=True)
    assert [len(body) for body in collector.bodies] == [BATCH_SPANS]
    box.put([b"x" * BATCH_BYTES])
    box.send_waiting(full_only=True)
    assert [len(body) for body in collector.bodies] == [BATCH_SPANS, BATCH_BYTES + 1]


def test_large_spans_make_smaller_batches() -> None:
    collector = Scripted(OK)
    box = outbox(collector, most_bytes=100 << 20)
    box.put([b"x" * (1 << 20)] * 5)
    box.send_waiting()
    assert [len(body) >> 20 for body in collector.bodies] == [2, 2, 1]


def test_what_does_not_fit_is_thrown_away_and_counted() -> None:
    collector = Scripted(OK)
    box = filled(collector, 25, most_bytes=10)
    assert box.result() == Delivery(0, 15, "it takes spans more slowly than they are made")
    box.send_waiting()
    box.put([b"s"])
    box.send_waiting()
    assert box.result().sent == 11


def test_a_busy_collector_is_given_the_time_that_it_asks_for() -> None:
    collector = Scripted(Reply(429, retry_after_s=30.0), Reply(503), OK)
    box = filled(collector, 3)
    box.send_waiting()
    assert collector.waits == [30.0, 1.0]
    assert len(set(collector.bodies)) == 1
    assert box.result() == Delivery(3, 0, "")


def test_a_refused_batch_is_lost_and_the_next_one_is_tried() -> None:
    collector = Scripted(Reply(400), OK)
    box = filled(collector, BATCH_SPANS + 5)
    box.send_waiting()
    assert box.result() == Delivery(5, BATCH_SPANS, "it answered 400")


def test_a_batch_is_not_tried_for_ever() -> None:
    collector = Scripted(REFUSED)
    box = filled(collector, 2)
    box.send_waiting()
    assert len(collector.bodies) == 6
    assert box.result() == Delivery(0, 2, "connection refused")


def test_spans_that_the_collector_rejects_are_counted() -> None:
    box = filled(Scripted(Reply(200, rejected=2, message="too old")), 3)
    box.send_waiting()
    assert box.result() == Delivery(1, 2, "it rejected them: too old")


def test_a_collector_cannot_reject_more_than_it_got() -> None:
    box = filled(Scripted(Reply(200, rejected=1 << 62)), 3)
    box.send_waiting()
    assert box.result() == Delivery(0, 3, "it rejected them")


def test_at_the_end_a_dead_collector_costs_one_attempt_however_much_waits() -> None:
    collector = Scripted(REFUSED)
    box = filled(collector, 5 * BATCH_SPANS)
    box.close(3.0)
    box.send_waiting()
    assert (len(collector.bodies), collector.waits) == (1, [])
    assert box.result() == Delivery(0, 5 * BATCH_SPANS, "connection refused")


def test_at_the_end_no_request_may_take_longer_than_the_time_left() -> None:
    collector = Scripted(OK, takes_s=2.0)
    box = filled(collector, 5 * BATCH_SPANS)
    box.close(3.0)
    box.send_waiting()
    assert collector.timeouts == [3.0, 1.0]
    assert box.result() == Delivery(2 * BATCH_SPANS, 3 * BATCH_SPANS, "it did not answer in time")


def test_a_defect_of_the_client_is_a_loss_like_any_other() -> None:
    class Broken(Scripted):
        def post(self, body: bytes, timeout_s: float | None) -> Reply:
            raise LookupError(body)

    box = filled(Broken(OK), 1)
    box.close(1.0)
    box.send_waiting()
    assert box.result() == Delivery(0, 1, "LookupError")


def test_what_is_under_way_when_nobody_waits_any_longer_is_lost() -> None:
    assert filled(Scripted(OK), 7).close(0.0) == Delivery(0, 7, "it did not answer in time")
