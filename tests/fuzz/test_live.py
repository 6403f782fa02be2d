"""Whatever bytes the logs of live evidence, or a Prometheus, hold: sound lines or a bad one, sound series or none, never a crash."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from math import isfinite
from pathlib import Path

from hypothesis import strategies as st

from goldfinch.adapters.live.evidence import LiveEvidence
from goldfinch.adapters.live.note_lines import BadNote, read
from goldfinch.core.health.check import begin, take
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.live.access_line import BadLine, read_access_line
from goldfinch.core.live.series import BadReply, QueryRefused, read_series
from goldfinch.core.rollout.plan import DEFAULT_STEPS
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.evidence_source_contract import FIRST, SINCE
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.fuzz.test_readers import JSON_VALUES, bytes_like

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

T = SINCE.timestamp()
TEXTS = st.sampled_from(["a", "b", "c", *HOSTILE_TEXTS.values()])
BOOLS = st.one_of(st.booleans(), st.none(), JSON_VALUES)
LINES = st.fixed_dictionaries(
    {
        "type": st.one_of(st.sampled_from(["start", "end"]), JSON_VALUES),
        "time": st.one_of(st.floats(T - 100, T + 100), st.floats(), st.integers(), JSON_VALUES),
        "duration_ms": st.one_of(st.integers(0, 90_000), st.floats(), JSON_VALUES),
        "session": st.one_of(TEXTS, JSON_VALUES),
        "release": st.one_of(st.sampled_from(["canary", "stable", "other", "-"]), JSON_VALUES),
        "status": st.one_of(st.integers(0, 600), JSON_VALUES),
    },
    optional={
        "request_id": st.one_of(TEXTS, JSON_VALUES),
        "minted": BOOLS,
        "pinned": BOOLS,
        "probe": BOOLS,
        "flags": st.one_of(TEXTS, JSON_VALUES),
    },
)
NOTES = st.fixed_dictionaries(
    {
        "heard": st.one_of(st.floats(T - 10, T + 60), JSON_VALUES),
        "time": st.one_of(st.floats(T, T + 60), JSON_VALUES),
        "session": st.one_of(TEXTS, JSON_VALUES),
        "arm": st.one_of(st.sampled_from(["canary", "stable"]), JSON_VALUES),
    },
    optional={
        "scores": st.one_of(st.dictionaries(st.sampled_from(["evaluation_score"]), st.one_of(st.floats(0, 1), st.none())), JSON_VALUES),
        "flags": st.one_of(st.lists(TEXTS, max_size=3), JSON_VALUES),
        "probe": BOOLS,
    },
)
RULES = HealthRules()


def test_a_line_is_sound_or_a_bad_one(fuzz: Fuzz) -> None:
    good = b'{"type":"end","time":1767268800.5,"duration_ms":12,"session":"a","minted":true,"release":"r","status":200,"flags":"UF,URX"}'

    @fuzz(300, st.one_of(bytes_like(good), LINES.map(lambda line: json.dumps(line).encode())))
    def check(line: bytes) -> None:
        try:
            found = read_access_line(line)
        except BadLine:
            return
        assert isfinite(found.at_s)
        assert found.at_s >= found.begun_s >= 0
        assert found.session is None or (found.session.isprintable() and 0 < len(found.session) <= 200)


def test_a_note_is_sound_or_a_bad_one(fuzz: Fuzz) -> None:
    @fuzz(
        200, st.one_of(bytes_like(b'{"heard":1,"time":1,"session":"a","arm":"canary"}'), NOTES.map(lambda line: json.dumps(line).encode()))
    )
    def check(line: bytes) -> None:
        try:
            note = read(line).note()
        except BadNote:
            return
        assert isfinite(note.time_s)
        assert all(value is None or 0 <= value <= 1 for value in (note.scores or {}).values())


def test_an_answer_of_a_prometheus_gives_finite_values_or_is_none(fuzz: Fuzz) -> None:
    good = b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"release":"a"},"value":[1767268800.5,"0.25"]}]}}'

    @fuzz(300, bytes_like(good))
    def check(body: bytes) -> None:
        try:
            found = read_series(body)
        except (BadReply, QueryRefused):
            return
        for series in found:
            assert series.points
            assert all(isfinite(point.value) and isfinite(point.time_s) for point in series.points)


def test_logs_of_any_bytes_give_an_interval_that_can_be_or_none(fuzz: Fuzz) -> None:
    lines = st.lists(st.one_of(LINES.map(lambda line: json.dumps(line).encode()), st.binary(max_size=40)), max_size=25)
    notes = st.lists(st.one_of(NOTES.map(lambda line: json.dumps(line).encode()), st.binary(max_size=40)), max_size=10)

    @fuzz(60, lines, notes)
    def check(access: list[bytes], kept: list[bytes]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_read(Path(folder), b"\n".join([*access, b""]), b"\n".join([*kept, b""])))


async def _read(folder: Path, access: bytes, notes: bytes) -> None:
    for name, file, content in (("access", "access.jsonl", access), ("notes", "notes-000001.jsonl", notes)):
        (folder / name).mkdir()
        (folder / name / file).write_bytes(content)
    (folder / "up").touch()
    os.utime(folder / "up", (T + 70, T + 70))
    clock = FakeClock(FIRST.until)
    source = LiveEvidence(
        folder / "access", folder / "notes", clock, canary="canary", stable="stable", metrics=RULES.metrics, sign_of_life=folder / "up"
    )
    try:
        reading = await source.read(FIRST, ())
    except MetricsUnavailable:
        return
    health = begin(RULES, steps=DEFAULT_STEPS)
    for interval in reading.intervals:
        health = take(RULES, health, interval)
    assert await source.read(FIRST, ()) == reading
