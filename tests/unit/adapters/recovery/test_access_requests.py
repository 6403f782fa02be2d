"""The access log read again: what was served in a time, which of the canary's requests failed; lines that are none change nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from goldfinch.adapters.recovery.access_requests import AccessExamples, AccessRequests
from goldfinch.core.recovery.pack import MOST_EXAMPLES
from goldfinch.testing.rollout_store import sample_rollout

AT = datetime(2026, 3, 1, tzinfo=UTC)


def line(second: float, release: str = "rel_a", status: int = 200, **members: Any) -> str:
    value = {
        "type": "end",
        "time": AT.timestamp() + second,
        "duration_ms": 100,
        "request_id": f"r{second}",
        "session": f"s{second}",
        "minted": True,
        "pinned": False,
        "release": release,
        "status": status,
        "flags": "-",
        "path": "/v1/chat",
        "probe": False,
    }
    return json.dumps(value | members) + "\n"


def log(folder: Path, *segments: str) -> Path:
    for number, text in enumerate(segments, start=1):
        (folder / f"access-{number:06}.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_requests_that_ended_in_the_time_are_given_in_order(tmp_path: Path) -> None:
    folder = log(tmp_path, line(0) + line(10), line(20) + line(30, status=500) + "no line\n" + line(25, type="start"))
    found = AccessRequests(folder).ended(AT + timedelta(seconds=5), AT + timedelta(seconds=31))
    assert [(one.session, one.failed) for one in found] == [("s10", False), ("s20", False), ("s30", True)]


def test_what_is_being_written_is_read_last(tmp_path: Path) -> None:
    folder = log(tmp_path, line(0))
    (folder / "access.jsonl").write_text(line(10), encoding="utf-8")
    found = AccessRequests(folder).ended(AT, AT + timedelta(seconds=60))
    assert [one.session for one in found] == ["s0", "s10"]


def test_a_folder_that_is_not_there_has_no_requests(tmp_path: Path) -> None:
    assert AccessRequests(tmp_path / "none").ended(AT, AT + timedelta(days=1)) == []


def test_examples_are_failed_requests_of_the_canary_newest_first(tmp_path: Path) -> None:
    rollout = sample_rollout("ro_1", canary="rel_b", created_at=AT)
    failed = "".join(line(second, "rel_b", 503) for second in range(60))
    others = line(61, "rel_a", 500) + line(62, "rel_b") + line(63, "rel_b", 500, probe=True) + line(64, "rel_b", 0, flags="DC")
    found = AccessExamples(log(tmp_path, failed + others)).of(rollout)
    assert (found.failed_requests, len(found.requests)) == (60, MOST_EXAMPLES)
    assert (found.requests[0].session, found.requests[0].status, found.requests[0].path) == ("s59", 503, "/v1/chat")
    assert any("no candidate case" in note for note in found.notes)


def test_an_example_can_be_written_whatever_the_client_sent(tmp_path: Path) -> None:
    rollout = sample_rollout("ro_1", canary="rel_b", created_at=AT)
    (tmp_path / "access-000001.jsonl").write_bytes(line(1, "rel_b", 500, path="/X").replace("/X", "/\\ud800").encode())
    found = AccessExamples(tmp_path).of(rollout)
    assert found.requests[0].path.encode()
