"""Quarantines for tests."""

from __future__ import annotations

from goldfinch.core.quarantine.entries import CaseRun, Quarantine, Quarantined

TODAY = "2026-11-24"


def runs(*passed: int, trials: int = 3, first: int = 1) -> tuple[CaseRun, ...]:
    """A run a day from the `first` of November, with so many passed trials."""
    return tuple(CaseRun(f"run-{day:02d}", f"2026-11-{day:02d}T08:00:00.000Z", one, trials) for day, one in enumerate(passed, first))


def entry(case_id: str = "case-000", *, owner: str = "ana", expires: str = "2026-12-24", case_hash: str = "") -> Quarantined:
    """A case that was flaky in three runs, in the version that scripted results ask."""
    return Quarantined(case_id, case_hash or f"hash of {case_id}", owner, "2026-11-20", expires, runs(2, 1, 2))


def quarantine(*entries: Quarantined) -> Quarantine:
    return Quarantine({one.case_id: one for one in entries}, where="quarantine.yaml")
