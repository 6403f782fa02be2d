"""Lines of the access log: what they say, what counts as failed, and that nothing they hold is worse than a bad line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goldfinch.core.live.access_line import AccessLine, BadLine, Outcome, outcome_of, read_access_line

END: dict[str, Any] = {
    "type": "end",
    "time": "2026-01-01T12:00:00.250000Z",
    "duration_ms": 1500,
    "request_id": "r1",
    "session": "s1",
    "minted": True,
    "pinned": None,
    "release": "rel_1",
    "status": 200,
    "flags": None,
    "method": "POST",
    "path": "/chat",
    "bytes": 12,
    "attempts": 1,
    "probe": None,
}


def read(**members: Any) -> AccessLine:
    return read_access_line(json.dumps(END | members).encode())


def test_a_line_of_a_request_that_ended() -> None:
    line = read()
    assert line == AccessLine(True, 1_767_268_800.25, 1500.0, "r1", "s1", "rel_1", minted=True, pinned=False, probe=False)
    assert line.at_s == 1_767_268_801.75


def test_a_line_of_a_request_that_began_has_neither_duration_nor_status() -> None:
    line = read(type="start", duration_ms=None, status=0, flags="-")
    assert (line.ended, line.duration_ms, line.at_s) == (False, 0.0, line.begun_s)


@pytest.mark.parametrize("time", [1_767_268_800.25, "1767268800.25", "2026-01-01T13:00:00.250+01:00"])
def test_a_time_is_seconds_or_iso_8601(time: object) -> None:
    assert read(time=time).begun_s == 1_767_268_800.25


def test_numbers_and_truths_may_be_written_as_texts() -> None:
    line = read(duration_ms="1500", status="503", minted="true", pinned="1", probe="-")
    assert (line.duration_ms, line.outcome, line.minted, line.pinned, line.probe) == (1500, Outcome.FAILED, True, True, False)


@pytest.mark.parametrize("empty", [None, "", "-"])
def test_what_envoy_has_not_is_none(empty: object) -> None:
    line = read(session=empty, release=empty, flags=empty)
    assert (line.session, line.release, line.outcome) == (None, None, Outcome.OK)


@pytest.mark.parametrize("session", ["x" * 201, "é", "\x1b[31m", "\ud800", "a\nb"])
def test_an_id_that_a_client_made_up_is_replaced_by_its_digest(session: str) -> None:
    found = read(session=session).session
    assert found is not None
    assert found.startswith("~")
    assert len(found) == 33
    assert read(session=session).session == found


@pytest.mark.parametrize(
    ("status", "flags", "outcome"),
    [
        (200, "", Outcome.OK),
        (404, "", Outcome.OK),
        (429, "", Outcome.FAILED),
        (500, "", Outcome.FAILED),
        (504, "", Outcome.TIMED_OUT),
        (503, "UF,URX", Outcome.FAILED),
        (503, "UO", Outcome.FAILED),
        (200, "UC", Outcome.FAILED),
        (200, "UR", Outcome.FAILED),
        (504, "UT", Outcome.TIMED_OUT),
        (200, "SI", Outcome.TIMED_OUT),
        (200, "DC", Outcome.CLIENT_LEFT),
        (503, "DC", Outcome.CLIENT_LEFT),
        (0, "DC", Outcome.CLIENT_LEFT),
        (0, "", Outcome.FAILED),
        (200, "UNHEARD_OF", Outcome.OK),
    ],
)
def test_what_counts_as_failed(status: int, flags: str, outcome: Outcome) -> None:
    assert outcome_of(status, frozenset(flags.split(","))) is outcome
    assert read(status=status, flags=flags).outcome is outcome


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not valid JSON"),
        (b'{"type":"end","time":17672', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"type":"end","time":NaN}', "NaN is no number"),
        (b'{"type":"end","time":' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"[]", "no object"),
        (b'"end"', "no object"),
        (b'{"type":["end"]}', "no object with a type"),
        (b'{"type":"middle"}', "neither start nor end"),
        (json.dumps(END | {"time": True}).encode(), "time: not a number"),
        (json.dumps(END | {"time": -1}).encode(), "time: not a number"),
        (json.dumps(END | {"time": 1e300}).encode(), "time: not a number"),
        (json.dumps(END | {"time": "yesterday"}).encode(), "time: neither"),
        (json.dumps(END | {"time": "2026-01-01T12:00:00"}).encode(), "time: neither"),
        (json.dumps(END | {"duration_ms": "nan"}).encode(), "duration_ms: not a number"),
        (json.dumps(END | {"duration_ms": -3}).encode(), "duration_ms: not a number"),
        (json.dumps(END | {"status": None}).encode(), "status: not a number"),
        (json.dumps(END | {"status": {}}).encode(), "status: not a number"),
        (json.dumps(END | {"session": 7}).encode(), "session: not a text"),
        (json.dumps(END | {"release": []}).encode(), "release: not a text"),
        (json.dumps(END | {"request_id": "x" * 501}).encode(), "request_id: not a text"),
        (json.dumps(END | {"minted": [1]}).encode(), "minted: neither"),
        (json.dumps(END | {"flags": ["UF"]}).encode(), "flags: not a text"),
    ],
)
def test_what_is_no_line_says_why(line: bytes, why: str) -> None:
    with pytest.raises(BadLine, match=why):
        read_access_line(line)


@pytest.mark.parametrize(("status", "details"), [(403, "upgrade_failed"), (408, "request_overall_timeout")])
def test_what_the_proxy_answered_because_of_the_client_is_of_no_release(status: int, details: str) -> None:
    assert read(status=status, flags="-", details=details).release is None


@pytest.mark.parametrize(
    ("status", "flags", "details"),
    [
        (408, "-", "via_upstream"),
        (200, "-", None),
        (503, "UF", "upstream_reset_before_response_started"),
        (503, "-", "overload"),
        (200, "-", "-"),
    ],
)
def test_what_the_release_answered_or_failed_to_answer_stays_its_own(status: int, flags: str, details: str | None) -> None:
    assert read(status=status, flags=flags, details=details).release is not None
