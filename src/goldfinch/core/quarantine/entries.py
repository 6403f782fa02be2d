"""What a quarantine file says: the cases in it, and those that left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from goldfinch.core.statistics.flakiness import flake_rate, is_flaky

FLAKY_RUNS = 3
"""Runs in which a case has to be flaky before it is quarantined. Source: STATISTICS B."""
NOBODY = "NOBODY"
"""Stands where an owner should, so that it is seen."""


@dataclass(frozen=True, slots=True)
class CaseRun:
    """How one case did in one run: passed trials of the decided ones. `started_at` is UTC, ISO 8601."""

    run_id: str
    started_at: str
    passed: int
    trials: int

    @property
    def is_flaky(self) -> bool:
        return is_flaky(self.passed, self.trials)

    @property
    def flake_rate(self) -> float:
        return flake_rate(self.passed, self.trials)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A case that was flaky in `runs`, in the version with this hash. `since` and `expires` are ISO days; `owner` "" is nobody."""

    case_id: str
    case_hash: str
    owner: str
    since: str
    expires: str
    runs: tuple[CaseRun, ...]

    @property
    def flake_rate(self) -> float:
        """Of all trials that showed it, together."""
        return flake_rate(sum(run.passed for run in self.runs), sum(run.trials for run in self.runs))


@dataclass(frozen=True, slots=True)
class Released:
    """A case that left: `at` is UTC, ISO 8601. Runs that began before it do not bring the case back."""

    case_id: str
    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """`cases` and `released` by case id, each case once in either. `where` is the file, for messages."""

    cases: Mapping[str, Quarantined] = field(default_factory=dict)
    released: Mapping[str, Released] = field(default_factory=dict)
    where: str = ""


NO_QUARANTINE = Quarantine()
