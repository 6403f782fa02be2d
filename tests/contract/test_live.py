"""Live evidence, notes and the queue of answers: the real ones and the fakes pass the same suites."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from goldfinch.adapters.live.answer_queue import AnswerQueue
from goldfinch.adapters.live.evidence import LiveEvidence
from goldfinch.adapters.live.note_lines import read
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.live.segments import Offset, SegmentTail
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.ports.trace_queue import SampledAnswer
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.evidence_source_contract import SINCE
from goldfinch.testing.live_evidence_contract import LiveEvidenceContract, LiveRequest
from goldfinch.testing.live_notes import FakeNotes
from goldfinch.testing.live_notes_contract import LiveNotesContract
from goldfinch.testing.trace_queue import FakeQueue
from goldfinch.testing.trace_queue_contract import TraceQueueContract
from tests.unit.adapters.live.traffic import CANARY, STABLE, LogFile

BEGAN_S = SINCE.timestamp()


class TestLiveEvidence(LiveEvidenceContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def open_source(self) -> LiveEvidence:
        requests = [LiveRequest(second / 4, f"s{second}", Arm.STABLE if second % 10 else Arm.CANARY) for second in range(720)]
        return self.open_live(requests)

    def open_live(self, requests: Sequence[LiveRequest], notes: Sequence[tuple[float, TurnNote]] = ()) -> LiveEvidence:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        log = LogFile(folder / "access")
        for one in requests:
            release, status = CANARY if one.arm is Arm.CANARY else STABLE, 200 if one.ok else 500
            log.request(BEGAN_S + one.begun_s, one.session, release=release, duration_ms=one.duration_ms, status=status)
        log.write()
        for heard_s, note in notes:
            NotesLog(folder / "notes", FakeClock(SINCE + timedelta(seconds=heard_s))).add([note])
        (folder / "up").touch()
        os.utime(folder / "up", (BEGAN_S + 200,) * 2)
        clock = FakeClock(SINCE + timedelta(seconds=200))
        return LiveEvidence(
            folder / "access",
            folder / "notes",
            clock,
            canary=CANARY,
            stable=STABLE,
            metrics=self.rules.metrics,
            sign_of_life=folder / "up",
        )


class TestNotesLog(LiveNotesContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "notes"

    def open_notes(self) -> NotesLog:
        return NotesLog(self.folder, FakeClock(), segment_bytes=200)

    def kept(self) -> list[TurnNote]:
        return [read(line.content).note() for line in SegmentTail(self.folder, "notes").lines(Offset())]


class TestFakeNotes(LiveNotesContract):
    @pytest.fixture(autouse=True)
    def _notes(self) -> None:
        self.notes = FakeNotes()

    def open_notes(self) -> FakeNotes:
        return self.notes

    def kept(self) -> list[TurnNote]:
        return self.notes.kept


class TestAnswerQueue(TraceQueueContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "answers"

    def open_queue(
        self, *, ttl_s: float = 900.0, max_answers: int = 2000, when_dropped: Callable[[tuple[SampledAnswer, ...]], None] | None = None
    ) -> AnswerQueue:
        return AnswerQueue(self.folder, self.clock, ttl_s=ttl_s, max_answers=max_answers, when_dropped=when_dropped or _nobody)


class TestFakeQueue(TraceQueueContract):
    def open_queue(
        self, *, ttl_s: float = 900.0, max_answers: int = 2000, when_dropped: Callable[[tuple[SampledAnswer, ...]], None] | None = None
    ) -> FakeQueue:
        return FakeQueue(self.clock, ttl_s=ttl_s, max_answers=max_answers, when_dropped=when_dropped or _nobody)


def _nobody(answers: tuple[SampledAnswer, ...]) -> None:
    """Nobody is told."""
