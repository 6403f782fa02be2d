"""Where a quarantined case stands on one day and in one comparison: whether it is excused, and what has to be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from goldfinch.core.quarantine.entries import NOBODY, Quarantine, Quarantined

MOST_DAYS = 90
"""So far ahead may an end be; what was written by hand to last longer says so."""
REMIND_DAYS = 7
"""So long before its end an entry begins to say so."""


class Standing(StrEnum):
    """Whether a flip of the case alone may fail a change."""

    EXCUSED = "excused"
    EXPIRED = "expired"
    EDITED = "edited since"
    """Its flakiness was that of another version of the case."""
    SAFETY = "counts: safety"
    """Safety is never quarantined."""


@dataclass(frozen=True, slots=True)
class QuarantinedCase:
    """A line of every report. `owner` "" is nobody; `runs` counts those that showed that it is flaky; `expires` is the last day."""

    case_id: str
    owner: str
    since: str
    expires: str
    runs: int
    flake_rate: float
    standing: Standing = Standing.EXCUSED
    days_left: int = 0

    @property
    def is_excused(self) -> bool:
        return self.standing is Standing.EXCUSED

    @property
    def reminders(self) -> tuple[str, ...]:
        """What its owner, or the team that has none, has to do; empty where all is well."""
        found = []
        if not self.owner:
            found.append(f"has no owner ({NOBODY}): goldfinch quarantine update RUNS --owner NAME")
        if self.standing is Standing.EXPIRED:
            found.append(f"its quarantine ended on {self.expires}, and it counts again: mend it, or quarantine update RUNS --renew")
        elif self.days_left <= REMIND_DAYS:
            found.append(f"its quarantine ends on {self.expires}, in {self.days_left} day{'' if self.days_left == 1 else 's'}")
        elif self.days_left > MOST_DAYS:
            found.append(f"its quarantine ends only on {self.expires}: give it an end within {MOST_DAYS} days")
        if self.standing is Standing.EDITED:
            found.append("was edited since it was quarantined, and counts: goldfinch quarantine update RUNS")
        return tuple(found)


def case_on(entry: Quarantined, today: str, standing: Standing | None = None) -> QuarantinedCase:
    """The entry on `today` (ISO day), the last day counts. An expired one is expired, whatever else is said of it."""
    left = (date.fromisoformat(entry.expires) - date.fromisoformat(today)).days
    stands = Standing.EXPIRED if left < 0 else standing or Standing.EXCUSED
    return QuarantinedCase(
        entry.case_id, entry.owner, entry.since, entry.expires, len(entry.runs), round(entry.flake_rate, 3), stands, max(0, left)
    )


def cases_on(quarantine: Quarantine, today: str) -> tuple[QuarantinedCase, ...]:
    """Every entry on `today`: those that need a person first."""
    return important_first(case_on(entry, today) for entry in quarantine.cases.values())


def important_first(cases: Iterable[QuarantinedCase]) -> tuple[QuarantinedCase, ...]:
    """Those that count all the same first, then those that need a person, each by name."""
    return tuple(sorted(cases, key=lambda one: (one.is_excused, not one.reminders, one.case_id)))
