"""What every keeper of notes must do, as tests to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod

from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.ports.live_notes import LiveNotes

NOTES = (
    TurnNote(1_767_268_800.0, "a", Arm.CANARY, ("tool_error", "safety"), {"evaluation_score": 0.25}, {"cost_usd": 0.01}),
    TurnNote(1_767_268_801.5, "b", Arm.STABLE, (), {"evaluation_score": None, "probe_score": 1.0}, None, probe=True),
)


class LiveNotesContract(ABC):
    """Inherit, implement both methods, and let pytest collect the class."""

    @abstractmethod
    def open_notes(self) -> LiveNotes:
        """The same keeper every time it is called in a test, as another process would open it."""

    @abstractmethod
    def kept(self) -> list[TurnNote]:
        """Everything that was kept, in order."""

    def test_notes_are_kept_as_they_are_and_in_order(self) -> None:
        notes = self.open_notes()
        notes.add(NOTES[:1])
        notes.add(iter(NOTES))
        assert self.kept() == [NOTES[0], *NOTES]

    def test_nothing_to_keep_keeps_nothing(self) -> None:
        self.open_notes().add(())
        assert self.kept() == []

    def test_another_one_goes_on_where_the_first_stopped(self) -> None:
        self.open_notes().add(NOTES)
        self.open_notes().add(NOTES)
        assert self.kept() == [*NOTES, *NOTES]
