"""Everything that a person is shown of a rollout (DELIVERY 4e), as one value: the terminal, the page and JSON render the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.health.outcome import Assessment
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.diff import Difference
from goldfinch.core.rollout.record import Decision, Rollout


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One metric at one check: what a sparkline is drawn of."""

    at: datetime
    canary: float | None
    stable: float | None


@dataclass(frozen=True, slots=True)
class MetricSeries:
    metric: str
    points: tuple[MetricPoint, ...]
    """Oldest first, the last 60 checks."""


@dataclass(frozen=True, slots=True)
class RolloutOverview:
    """What the row and its history say, at `now`. Rendering decides nothing and asks nobody."""

    rollout: Rollout
    now: datetime
    title: str
    """Phase, step and part: "Progressing(step 1 of 3: Baking)"."""
    line: str
    """State, reason and what is next, in one sentence: read in two seconds."""
    next_action: str
    next_at: datetime | None
    assessment: Assessment | None
    """Of the latest check."""
    series: tuple[MetricSeries, ...]
    decisions: tuple[Decision, ...]
    """Changes of state, oldest first; checks without one are in `series`."""
    differences: tuple[Difference, ...]
    """What the canary changes: prompt, model, tools, code."""
    approvals: tuple[Approval, ...]
    pinned_canary_sessions: int | None
    """None: nobody knows."""
    canary_in_flight: int | None
    unpinned: int
    """Sessions that came back on another arm than their first."""
    blind_to: tuple[str, ...]
    """What this plan cannot see, each in words; never empty under a rehearsal's plan."""
    rollback_command: str
    """Exactly what to type."""
    last_drill: datetime | None
    exit_code: int
    """0 succeeded, 3 under way or paused, 5 rolled back, 6 rollback failed; 1 for a rollout that failed before traffic."""
    served_percent: int | None = None
    """The canary's share as the router served it when it was last asked; None: nobody knows."""
    migrations: str = ""
    """How the expand-only migrations stand, in words."""
