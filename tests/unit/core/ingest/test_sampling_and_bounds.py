"""Who is sampled, what is unpacked, what is said, what is spent: the bounds of the receiver."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from goldfinch.core.health.metrics import Arm
from goldfinch.core.ingest import replies
from goldfinch.core.ingest.notices import Notices
from goldfinch.core.ingest.sampling import MinuteQuota, is_sampled, share_of
from goldfinch.core.ingest.spending import HourlyCap
from goldfinch.core.ingest.unpacking import Damaged, TooLarge, UnknownEncoding, unpacked
from tests.received_spans import TARGET


def test_the_share_of_a_session_is_the_same_in_every_process_and_another_in_every_rollout() -> None:
    assert share_of("session-1", "rollout-1") == 0.3581896230107468
    sessions = [f"s{n}" for n in range(4_000)]
    target = replace(TARGET, sample=0.05)
    sampled = {session for session in sessions if is_sampled(target, Arm.STABLE, session)}
    other = {session for session in sessions if is_sampled(replace(target, rollout_id="rollout-2"), Arm.STABLE, session)}
    assert 150 < len(sampled) < 250  # 200 expected, standard deviation 14
    assert len(sampled & other) < 30
    assert all(is_sampled(target, Arm.CANARY, session) for session in sessions[:10])


def test_a_busy_canary_leaves_the_stable_release_its_part_of_the_minute() -> None:
    quota = MinuteQuota(10)
    first = [quota.take(Arm.CANARY, 0.0) for _ in range(12)]
    assert sum(first) == 10
    assert quota.take(Arm.STABLE, 1.0) is False
    quota = MinuteQuota(10)
    assert all(quota.take(Arm.STABLE, 0.0) for _ in range(4))
    assert sum(quota.take(Arm.CANARY, 60.0) for _ in range(12)) == 6
    assert sum(quota.take(Arm.STABLE, 61.0) for _ in range(12)) == 4
    assert sum(quota.take(Arm.CANARY, 200.0) for _ in range(12)) == 10


@pytest.mark.parametrize("encoding", ["gzip", "GZIP ", "deflate", "identity", ""])
def test_bodies_are_unpacked_as_they_say(encoding: str) -> None:
    body = b"spans " * 1000
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}.get(encoding.strip().lower(), body)
    assert unpacked(packed, encoding, 10_000) == body
    with pytest.raises(TooLarge):
        unpacked(packed, encoding, 5_999)


def test_several_members_of_one_gzip_are_one_body_and_count_together() -> None:
    body = gzip.compress(b"a" * 10) + gzip.compress(b"b" * 10) + bytes(3)
    assert unpacked(body, "gzip", 20) == b"a" * 10 + b"b" * 10
    with pytest.raises(TooLarge):
        unpacked(body, "gzip", 19)


@pytest.mark.parametrize("body", [b"", b"x", gzip.compress(b"spans")[:-3], gzip.compress(b"spans")[:5], gzip.compress(b"x") + b"rest"])
def test_damaged_bodies_are_told(body: bytes) -> None:
    with pytest.raises(Damaged):
        unpacked(body, "gzip", 100)
    with pytest.raises(UnknownEncoding):
        unpacked(body, "br", 100)


def test_a_kind_of_line_is_written_once_a_minute_with_how_many_there_were() -> None:
    notices = Notices()
    written = [notices.line("full", "no room", at_s) for at_s in (0.0, 1.0, 59.0, 60.0)]
    assert written == ["no room", None, None, "no room (and 2 more of this kind since)"]
    assert notices.line("other", "another", 61.0) == "another"


def test_invented_kinds_of_lines_cannot_flood_the_log() -> None:
    notices = Notices()
    assert sum(notices.line(f"kind {n}", "x", 0.0) is not None for n in range(1_000)) == 101


@pytest.mark.parametrize("rejected", [0, 1, 300, 2**40])
def test_replies_are_read_by_opentelemetry(rejected: int) -> None:
    partial = ExportTraceServiceResponse.FromString(replies.taken(replies.PROTOBUF, rejected, "why é")).partial_success
    assert (partial.rejected_spans, partial.error_message) == (rejected, "why é" if rejected else "")


def test_the_hours_money_comes_back_an_hour_after_it_was_spent() -> None:
    cap = HourlyCap(1.0)
    cap.remember([(-4_000.0, 9.0), (0.0, 0.25), (1e9, 5.0)], now_s=100.0)
    assert cap.ledger.reserve(0.8)[0] == "refused"
    granted, amount = cap.ledger.reserve(0.75)
    assert granted == "granted"
    cap.ledger.settle(amount, 0.75)
    assert cap.move_to(200.0)
    assert cap.ledger.reserve(0.2)[0] == "refused"
    assert not cap.move_to(3_601.0)
    assert cap.ledger.reserve(0.3)[0] == "refused"
    assert cap.ledger.reserve(0.25)[0] == "granted"
    assert cap.recent == ((200.0, 0.75),)
