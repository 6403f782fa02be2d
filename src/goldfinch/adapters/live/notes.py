"""The log of notes: segments of lines that scorers and the receiver of spans append to, from any process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from goldfinch.adapters.live.note_lines import BadNote, read, written
from goldfinch.adapters.live.segments import SEGMENT_BYTES, SegmentWriter
from goldfinch.core.health.events import TurnNote
from goldfinch.core.live.failures import NotesUnavailable
from goldfinch.ports.clock import Clock

PREFIX = "notes"


class NotesLog:
    """`LiveNotes` in a folder. A note is known from the moment on that its line bears, which never goes back."""

    def __init__(self, folder: Path, clock: Clock, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder, self._clock = folder, clock
        self._segments = SegmentWriter(folder, PREFIX, segment_bytes=segment_bytes)

    def add(self, notes: Iterable[TurnNote]) -> None:
        """Keep them, on disk, before it returns. Raises `NotesUnavailable`, also for one that could not be read back; none is kept then."""
        kept = list(notes)
        if not kept:
            return
        try:
            self._segments.append(lambda last: self._lines(kept, last))
        except BadNote as error:
            raise NotesUnavailable(f"a note that cannot be: {error}", where=str(self._folder)) from error
        except OSError as error:
            raise NotesUnavailable(f"cannot be kept: {error.strerror or error}", where=str(self._folder)) from error

    def _lines(self, notes: list[TurnNote], last: bytes) -> bytes:
        heard_s = max(self._clock.utc().timestamp(), _heard_s(last))
        return b"".join(written(note, heard_s) for note in notes)


def _heard_s(line: bytes) -> float:
    """0 for none, and for one that is no note: whatever it is, no time of it holds ours up."""
    try:
        return read(line).heard if line else 0.0
    except BadNote:
        return 0.0
