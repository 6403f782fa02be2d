"""The record of drills: what is read back, and when the way back counts as rehearsed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from goldfinch.core.recovery.drills import Drill, Fault, LastDrill, overdue, read_drill
from goldfinch.core.recovery.times import RollbackTimes

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def drill(passed: bool = True) -> Drill:
    return Drill(NOW, Fault.ERRORS, passed, "as it should", RollbackTimes(0.5, 0.6, 3.0), 4.0, "fast_path", "local", "ada", 400, 0)


def test_a_drill_is_read_back() -> None:
    assert read_drill(json.dumps(drill().as_json())) == LastDrill(NOW, "errors", True)


@pytest.mark.parametrize("line", ["", "{", "[]", "7", '{"at": 7}', '{"at": "2026-03-01T00:00:00", "fault": "errors", "passed": true}'])
def test_what_is_no_drill_says_so(line: str) -> None:
    with pytest.raises(ValueError, match="drill"):
        read_drill(line)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (None, "never rehearsed"),
        (LastDrill(NOW - timedelta(days=31), "errors", True), "31 days ago"),
        (LastDrill(NOW, "errors", False), "failed"),
        (LastDrill(NOW - timedelta(days=30), "errors", True), ""),
    ],
)
def test_a_drill_of_long_ago_or_that_failed_is_a_warning(last: LastDrill | None, words: str) -> None:
    found = overdue(last, NOW)
    assert bool(found) == bool(words)
    assert words in found


def test_times_say_what_misses_the_targets() -> None:
    assert not RollbackTimes(0.5, 59.0, 599.0).misses()
    assert len(RollbackTimes(0.5, 61.0, 601.0).misses()) == 2
    assert len(RollbackTimes().misses()) == 2
