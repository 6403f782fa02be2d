"""The log of notes: what is known from when on, and what cannot be kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goldfinch.adapters.live.note_lines import read
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.live.segments import Offset, SegmentTail
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.live.access_line import plain_session
from goldfinch.core.live.failures import NotesUnavailable
from goldfinch.testing.clock import FakeClock

NOTE = TurnNote(1_767_268_800.0, "a", Arm.CANARY)


def heard(folder: Path) -> list[float]:
    return [read(line.content).heard for line in SegmentTail(folder, "notes").lines(Offset())]


async def test_a_note_is_known_from_the_moment_on_that_it_was_kept(tmp_path: Path) -> None:
    clock = FakeClock()
    notes = NotesLog(tmp_path, clock)
    notes.add([NOTE])
    await clock.sleep(5)
    notes.add([NOTE])
    assert heard(tmp_path) == [1_767_225_600.0, 1_767_225_605.0]


def test_a_clock_that_is_put_back_does_not_make_a_note_known_before_an_earlier_one(tmp_path: Path) -> None:
    clock = FakeClock()
    notes = NotesLog(tmp_path, clock)
    notes.add([NOTE])
    clock.set_wall(-timedelta(hours=1))
    notes.add([NOTE])
    assert heard(tmp_path) == [1_767_225_600.0] * 2


@pytest.mark.parametrize(
    "note",
    [
        TurnNote(float("nan"), "a", Arm.CANARY),
        TurnNote(1.0, "", Arm.CANARY),
        TurnNote(1.0, "a", Arm.CANARY, scores={"evaluation_score": 1.5}),
        TurnNote(1.0, "a", Arm.CANARY, amounts={"cost_usd": -1.0}),
        TurnNote(1.0, "a", Arm.CANARY, flags=("x" * 101,)),
    ],
)
def test_a_note_that_could_not_be_read_back_is_refused_with_all_that_came_with_it(tmp_path: Path, note: TurnNote) -> None:
    with pytest.raises(NotesUnavailable, match="a note that cannot be") as raised:
        NotesLog(tmp_path, FakeClock()).add([NOTE, note])
    assert raised.value.code == "E3306"
    assert heard(tmp_path) == []


def test_a_score_that_is_no_number_is_a_judge_failure(tmp_path: Path) -> None:
    NotesLog(tmp_path, FakeClock()).add([TurnNote(1.0, "a", Arm.CANARY, scores={"evaluation_score": float("nan")})])
    (line,) = SegmentTail(tmp_path, "notes").lines(Offset())
    assert read(line.content).note().scores == {"evaluation_score": None}


@pytest.mark.parametrize("session", ["a" * 501, "\ud800", "\x1b[31m", "plain"])
def test_a_session_has_the_name_that_it_has_in_the_access_log(tmp_path: Path, session: str) -> None:
    NotesLog(tmp_path, FakeClock()).add([TurnNote(1.0, session, Arm.CANARY)])
    (line,) = SegmentTail(tmp_path, "notes").lines(Offset())
    assert read(line.content).session == plain_session(session)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotesUnavailable, match="cannot be kept"):
        NotesLog(tmp_path / "file" / "notes", FakeClock()).add([NOTE])
