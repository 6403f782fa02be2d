"""Whatever bytes a stream holds, its reader gives sound events or one clear line, and the cohort counts what it gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from goldfinch.adapters.files.session_stream import SessionStream
from goldfinch.core.health.cohort import Cohort
from goldfinch.core.health.events import SessionEvent, WeightEvent
from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.replay.failures import StreamError
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.fuzz.test_readers import JSON_VALUES, bytes_like

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

GOOD = (
    b'{"schema_version": 1}\n{"time": 1000, "weight": 10}\n'
    b'{"time": 1001.5, "session": "a", "arm": "canary", "turn": 1, "ok": true, "latency_ms": 12.5, "score": 0.5, "flags": ["timeout"]}\n'
    b'{"time": "1970-01-01T00:16:42Z", "session": "b", "arm": "stable", "turn": 1, "ok": false, "latency_ms": 9, "amounts": {"x": 1}}\n'
)
VALUES = {
    "time": st.one_of(st.floats(900, 1100), st.integers(), JSON_VALUES),
    "session": st.one_of(st.sampled_from(["a", "b", *HOSTILE_TEXTS.values()]), JSON_VALUES),
    "arm": st.one_of(st.sampled_from(["stable", "canary"]), JSON_VALUES),
    "turn": st.one_of(st.integers(1, 3), JSON_VALUES),
    "ok": st.one_of(st.booleans(), JSON_VALUES),
    "latency_ms": st.one_of(st.floats(0, 1e4), st.floats(), JSON_VALUES),
}
REST = {
    "score": st.one_of(st.floats(0, 1), JSON_VALUES),
    "flags": st.one_of(st.lists(st.sampled_from(["timeout", "safety", *HOSTILE_TEXTS.values()]), max_size=3), JSON_VALUES),
    "amounts": st.one_of(st.dictionaries(st.sampled_from(["cost"]), st.floats()), JSON_VALUES),
}
LINES = st.lists(st.fixed_dictionaries(VALUES, optional=REST), min_size=1, max_size=12)


def read(path: Path) -> None:
    events: list[SessionEvent | WeightEvent] = []
    refused: StreamError | None = None
    try:
        events = list(SessionStream(path).events())
    except StreamError as error:
        refused = error
    if refused is not None:
        assert str(path) in str(refused)
        assert len(str(refused)) < 2000
        return
    turns = [event for event in events if isinstance(event, SessionEvent)]
    assert all(isfinite(turn.time_s) and isfinite(turn.latency_ms) and turn.latency_ms >= 0 and turn.turn >= 1 for turn in turns)
    assert all(turn.score is None or 0 <= turn.score <= 1 for turn in turns)
    require_counted(turns)


def require_counted(turns: list[SessionEvent]) -> Interval:
    cohort = Cohort("ro_1", HealthRules().metrics)
    cohort.open(step=0, baking_since_s=950, canary_share=0.1, thresholds_ms={"p95_latency": 10.0})
    for turn in sorted(turns, key=lambda turn: turn.time_s):
        if turn.time_s < 1e9:
            cohort.count(turn)
    interval = cohort.close(1e9).interval
    for stratum in interval.strata:
        for pair in (*stratum.counts.values(), *(quantile.exceeding for quantile in stratum.quantiles.values())):
            assert 0 <= pair.canary_bad <= pair.canary_units
            assert 0 <= pair.stable_bad <= pair.stable_units
    assert interval.canary_sessions + interval.stable_sessions <= len({turn.session for turn in turns})
    return interval


def test_any_bytes_make_events_or_a_named_refusal(fuzz: Fuzz, tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"

    @fuzz(300, bytes_like(GOOD))
    def check(content: bytes) -> None:
        path.write_bytes(content)
        read(path)


def test_any_bytes_under_the_name_of_gzip_make_events_or_a_named_refusal(fuzz: Fuzz, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "stream.jsonl.gz"

    @fuzz(200, bytes_like(gzip.compress(GOOD, mtime=0)))
    def check(content: bytes) -> None:
        path.write_bytes(content)
        read(path)


def test_any_values_make_events_or_a_named_refusal(fuzz: Fuzz, tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"

    @fuzz(300, LINES)
    def check(lines: list[dict[str, Any]]) -> None:
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        read(path)
