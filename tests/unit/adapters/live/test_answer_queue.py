"""The queue of answers on disk: whom it lets read, what it leaves there, and what a kill costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from goldfinch.adapters.live.answer_queue import AnswerQueue
from goldfinch.adapters.live.unscored import UnscoredAnswers
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.live.failures import NotesUnavailable, QueueUnavailable
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.live_notes import FakeNotes
from goldfinch.testing.trace_queue_contract import answer


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        AnswerQueue(tmp_path / "answers", FakeClock()).put([answer("1")])
    finally:
        os.umask(old)
    assert (tmp_path / "answers").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "answers").iterdir()] == [0o600] * len(
        list((tmp_path / "answers").iterdir())
    )


def test_what_was_scored_is_no_longer_on_disk(tmp_path: Path) -> None:
    queue = AnswerQueue(tmp_path, FakeClock())
    queue.put([answer("1", "the secret of a user " * 500)])
    assert any(b"the secret of a user" in path.read_bytes() for path in tmp_path.iterdir())
    queue.done(["1"])
    queue.close()
    assert not any(b"the secret of a user" in path.read_bytes() for path in tmp_path.iterdir())


def test_an_answer_that_is_too_large_is_dropped_and_counted(tmp_path: Path) -> None:
    queue = AnswerQueue(tmp_path, FakeClock())
    assert queue.put([answer("1", "x" * 600_000), answer("2")]) == 1
    assert queue.dropped() == 1


def test_all_answers_together_stay_within_their_bytes(tmp_path: Path) -> None:
    queue = AnswerQueue(tmp_path, FakeClock(), max_bytes=2500)
    assert queue.put([answer(str(number), "x" * 800) for number in range(5)]) == 2
    assert [one.id for one in queue.take(9)] == ["3", "4"]
    assert queue.dropped() == 3


def test_dropped_answers_become_judge_failures_of_their_sessions(tmp_path: Path) -> None:
    notes = FakeNotes()
    queue = AnswerQueue(tmp_path, FakeClock(), max_answers=1, when_dropped=UnscoredAnswers(notes, lambda: {"rel_1": Arm.CANARY}))
    queue.put([answer("1")])
    queue.put([answer("2")])
    assert notes.kept == [TurnNote(answer("1").time_s, "session", Arm.CANARY, scores={"evaluation_score": None})]


def test_an_answer_is_not_dropped_where_nobody_can_be_told(tmp_path: Path) -> None:
    notes = FakeNotes()
    queue = AnswerQueue(tmp_path, FakeClock(), max_answers=1, when_dropped=UnscoredAnswers(notes, lambda: {"rel_1": Arm.CANARY}))
    queue.put([answer("1")])
    notes.unavailable = "disk full"
    with pytest.raises(NotesUnavailable):
        queue.put([answer("2")])
    assert [one.id for one in queue.take(9)] == ["1"]


def test_answers_of_releases_that_no_rollout_is_about_are_nobodys_failures() -> None:
    notes = FakeNotes()
    UnscoredAnswers(notes, dict)((answer("1"),))
    assert notes.kept == []


def test_a_file_that_is_no_queue_is_said(tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(QueueUnavailable) as raised:
        AnswerQueue(tmp_path, FakeClock()).take(1)
    assert raised.value.code == "E3307"


def test_a_kill_in_the_middle_of_it_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from goldfinch.adapters.live.answer_queue import AnswerQueue
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.trace_queue_contract import answer
queue = AnswerQueue(Path({str(tmp_path)!r}), FakeClock(), max_answers=2, when_dropped=lambda _: os.kill(os.getpid(), signal.SIGKILL))
queue.put([answer("1"), answer("2")])
queue.put([answer("3")])
"""
    process = subprocess.run([sys.executable, "-c", program], check=False)
    assert process.returncode == -signal.SIGKILL
    queue = AnswerQueue(tmp_path, FakeClock(), max_answers=2)
    assert [one.id for one in queue.take(9)] == ["1", "2"]
    assert queue.dropped() == 0
