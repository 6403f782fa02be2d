"""A session in the memory of a cohort."""

from __future__ import annotations

from typing import Final

from goldfinch.core.health.events import SessionState
from goldfinch.core.health.metrics import Arm

_NONE: Final[frozenset[str]] = frozenset()


class CohortSession:
    """A session in memory: its state, the turn that is measured, and in which interval (by serial number) it was counted where."""

    __slots__ = (
        "arm", "at_risk_in", "bad", "begun_s", "changed_in", "chosen_turn", "last_seen_s", "measured", "name", "stratum", "unpinned_in"
    )  # fmt: skip

    def __init__(self, name: str, arm: Arm, stratum: int | None, begun_s: float, chosen_turn: int) -> None:
        self.name, self.arm, self.stratum, self.begun_s, self.chosen_turn = name, arm, stratum, begun_s, chosen_turn
        self.last_seen_s = begun_s
        self.bad = self.measured = _NONE
        self.at_risk_in = self.changed_in = self.unpinned_in = 0

    @classmethod
    def restored(cls, saved: SessionState, chosen_turn: int) -> CohortSession:
        session = cls(saved.session, saved.arm, saved.stratum, saved.begun_s, chosen_turn)
        session.last_seen_s, session.bad, session.measured = saved.last_seen_s, saved.bad, saved.measured
        return session

    def state(self) -> SessionState:
        return SessionState(self.name, self.arm, self.stratum, self.begun_s, self.last_seen_s, self.bad, self.measured)
