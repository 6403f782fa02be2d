"""A note as a line of its log: when it was heard of, and what it says."""

from __future__ import annotations

from typing import Annotated

import msgspec

from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.live.access_line import plain_session

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Score = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e15)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]


class NoteLine(msgspec.Struct, frozen=True, gc=False):
    heard: _Seconds
    """When it was kept; no line of the log has less than one before it."""
    time: _Seconds
    session: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    arm: Arm
    flags: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=50)] = ()
    scores: Annotated[dict[_Name, _Score | None], msgspec.Meta(max_length=50)] | None = None
    amounts: Annotated[dict[_Name, _Amount], msgspec.Meta(max_length=50)] | None = None
    probe: bool = False

    def note(self) -> TurnNote:
        return TurnNote(self.time, self.session, self.arm, self.flags, self.scores, self.amounts, self.probe)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NoteLine).decode


class BadNote(ValueError):
    """What was read, or is to be written, is no note."""


def written(note: TurnNote, heard_s: float) -> bytes:
    """The session is named as in the access log; a score that is no number is none. Raises `BadNote` for what could not be read back."""
    try:
        line = _encode(
            NoteLine(
                heard_s,
                note.time_s,
                plain_session(note.session),
                note.arm,
                tuple(note.flags),
                dict(note.scores) if note.scores else None,
                dict(note.amounts) if note.amounts else None,
                note.probe,
            )
        )
    except (TypeError, ValueError) as error:
        raise BadNote(str(error)) from error
    read(line)
    return line + b"\n"


def read(line: bytes) -> NoteLine:
    """Raises `BadNote`."""
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadNote(str(error)) from error
