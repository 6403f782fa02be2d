"""Streams of session events: every line is read, or refused with its place in one clear line."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goldfinch.adapters.files.session_stream import MAX_LINE_BYTES, SessionStream, stream_schema
from goldfinch.core.errors import ExitCode
from goldfinch.core.health.events import SessionEvent, WeightEvent
from goldfinch.core.health.metrics import Arm
from goldfinch.core.replay import codes
from goldfinch.core.replay.failures import StreamError

TURN: dict[str, Any] = {"time": 1000.5, "session": "a", "arm": "canary", "turn": 1, "ok": True, "latency_ms": 12.5}


def stream(tmp_path: Path, *lines: Any, name: str = "stream.jsonl") -> SessionStream:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return SessionStream(path)


def refusal(tmp_path: Path, *lines: Any) -> StreamError:
    with pytest.raises(StreamError) as refused:
        list(stream(tmp_path, *lines).events())
    assert refused.value.exit_code is ExitCode.USAGE
    assert "\n" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("name", ["stream.jsonl", "stream.jsonl.gz"])
def test_turns_weights_and_the_header_are_read(name: str, tmp_path: Path) -> None:
    full = {**TURN, "turn": 2, "ok": False, "score": 0.5, "flags": ["timeout"], "amounts": {"cost_usd": 0.01}}
    found = list(stream(tmp_path, {"schema_version": 1}, {"time": 1000, "weight": 10}, TURN, "", full, name=name).events())
    assert found == [
        WeightEvent(1000.0, 10),
        SessionEvent(1000.5, "a", Arm.CANARY, 1, True, 12.5),
        SessionEvent(1000.5, "a", Arm.CANARY, 2, False, 12.5, 0.5, ("timeout",), {"cost_usd": 0.01}),
    ]


def test_a_time_is_seconds_or_iso_8601(tmp_path: Path) -> None:
    times = ["1970-01-01T00:16:40Z", "1970-01-01T01:16:40.500+01:00", 1001, 1002.25]
    assert [event.time_s for event in stream(tmp_path, *({**TURN, "time": time} for time in times)).events()] == [
        1000,
        1000.5,
        1001,
        1002.25,
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({**TURN, "arm": "green"}, "'green' is no arm; there are stable and canary"),
        ({**TURN, "latency_ms": -1}, "latency_ms: expected `float` >= 0.0"),
        (json.dumps({**TURN, "latency_ms": float("nan")}), "NaN and Infinity are no numbers"),
        (json.dumps(TURN).replace("12.5", "1e999"), "latency_ms: number out of range"),
        ({key: value for key, value in TURN.items() if key != "ok"}, "missing required field `ok`"),
        ({**TURN, "scor": 0.5}, "unknown field `scor`"),
        ({**TURN, "score": 1.5}, "score: expected `float` <= 1.0"),
        ({**TURN, "turn": 0}, "turn: expected `int` >= 1"),
        ({**TURN, "time": 1_767_225_600_000}, "time: expected `float` <"),
        ({**TURN, "time": "2026-01-01T00:00:00"}, "timezone"),
        ({**TURN, "session": ""}, "session: expected `str` of length >= 1"),
        ({"time": 1, "weight": 101}, "weight: expected `int` <= 100"),
        ({"time": 1, "weight": "10"}, "weight: expected `int`"),
        ("[" * 5000, "expected `object`, got `array`"),
        ("{", "not valid JSON"),
        ("17", "expected `object`"),
        (" " * (MAX_LINE_BYTES + 10), "is longer than"),
        ({"schema_version": 1}, "is a header, which only the first line may be"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(line: Any, says: str, tmp_path: Path) -> None:
    error = refusal(tmp_path, TURN, line)
    assert error.code == codes.BAD_LINE
    assert says in str(error)
    assert error.problem.where.endswith("stream.jsonl:2")


def test_a_stream_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"schema_version": 2}).code == codes.NEWER_STREAM


def test_a_line_may_be_as_much_older_as_is_tolerated_and_no_more(tmp_path: Path) -> None:
    assert len(list(stream(tmp_path, TURN, {**TURN, "time": 990.5}).events())) == 2
    error = refusal(tmp_path, TURN, {**TURN, "time": 990.4})
    assert error.code == codes.OUT_OF_ORDER
    assert "10.100 s older" in str(error)


@pytest.mark.parametrize("name", ["missing.jsonl", "plain.jsonl.gz", "torn.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_one_clear_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "plain.jsonl.gz").write_text(json.dumps(TURN))
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(json.dumps(TURN).encode() * 99)[:-20])
    with pytest.raises(StreamError) as refused:
        list(SessionStream(tmp_path / name).events())
    assert refused.value.code == codes.UNREADABLE_STREAM


def test_the_facts_are_of_the_whole_stream(tmp_path: Path) -> None:
    lines = ({"time": 995, "weight": 10}, {**TURN, "amounts": {"cost_usd": 1}}, {**TURN, "time": 1003}, {"time": 1001, "weight": 50})
    facts = stream(tmp_path, *lines).facts()
    assert (facts.first_s, facts.last_s, facts.events) == (995, 1003, 2)
    assert [weight.weight_percent for weight in facts.weights] == [10, 50]
    assert facts.amounts == {"cost_usd"}


def test_a_stream_without_an_event_is_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(StreamError) as refused:
        stream(tmp_path, {"time": 995, "weight": 10}).facts()
    assert refused.value.code == codes.EMPTY_STREAM


def test_the_schema_takes_what_the_reader_takes(tmp_path: Path) -> None:
    from tools.example_streams import STREAMS, events

    validator = jsonschema.Draft202012Validator(stream_schema())
    for line in (*list(events(STREAMS["errors"]))[:300], {"schema_version": 1}, TURN, {**TURN, "flags": ["a"], "amounts": {"x": 1}}):
        validator.validate(line)
    for wrong in ({**TURN, "arm": "green"}, {**TURN, "latency_ms": -1}, {"time": 1, "weight": 101}, {**TURN, "scor": 1}):
        assert not validator.is_valid(wrong)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"time": 1, "session": "a", "arm": "canary", "turn": 1, "ok": false, "ok": true, "latency_ms": 5}', "ok"),
        ('{"time": 1, "session": "a", "arm": "canary", "turn": 1, "ok": false, "o\\u006b": true, "latency_ms": 5}', "ok"),
        ('{"time": 1, "weight": 10, "weight": 50}', "weight"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_with_its_line(line: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=rf"stream.jsonl:2: has the key '{key}' twice"):
        stream(tmp_path, {**TURN, "time": 0}, line).facts()


def test_names_of_keys_as_values_are_no_keys(tmp_path: Path) -> None:
    turn = {**TURN, "session": "ok", "flags": ["ok", "arm"], "amounts": {"score": 1.0}}
    assert stream(tmp_path, turn).facts().events == 1


def test_a_pipe_is_refused_because_a_stream_is_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StreamError, match="is no file but a pipe or a device"):
        SessionStream(tmp_path / "pipe").facts()
