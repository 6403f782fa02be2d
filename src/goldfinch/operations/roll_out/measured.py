"""How far a rollout has been measured: kept in the row together with where the source goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from goldfinch.core.rollout.state import RolloutState


@dataclass(frozen=True, slots=True)
class Measured:
    """Written as `CHECKED MEASURED CURSOR`, times in ISO 8601; a `-` is none."""

    checked_until: datetime | None = None
    """The last check, whether it could read or not."""
    measured_until: datetime | None = None
    """The last one that could."""
    cursor: str = ""
    """The source's own."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises `ValueError` where nobody wrote this."""
        if not text:
            return cls()
        checked, measured, cursor = text.split(" ", 2)
        return cls(_time(checked), _time(measured), cursor)

    def write(self) -> str:
        return f"{_text(self.checked_until)} {_text(self.measured_until)} {self.cursor}"

    def until_in(self, state: RolloutState) -> datetime | None:
        """Of the present watch alone: what was measured before it began says nothing about it."""
        if self.measured_until is None or state.entered_at is None or self.measured_until <= state.entered_at:
            return None
        return self.measured_until


def _time(text: str) -> datetime | None:
    if text == "-":
        return None
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return time


def _text(time: datetime | None) -> str:
    return "-" if time is None else time.isoformat()
