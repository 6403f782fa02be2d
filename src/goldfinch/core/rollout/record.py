"""The row of one rollout, and what is written with each change of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.outcome import Assessment
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import RolloutState


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may act on a rollout until when. `fence` grows with every new holder; a write under an older one fails."""

    owner: str
    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rollout:
    """One rollout as it is stored."""

    id: str
    service: str
    environment: str
    canary: str
    """Id of the release."""
    stable: str | None
    """None: the first release; there is nothing to compare with."""
    plan: RolloutPlan
    state: RolloutState
    created_at: datetime
    created_by: str
    health: Mapping[str, Any] = field(default_factory=dict)
    """The health state as plain JSON values, exact: `HealthState.to_state()`. Empty: none yet."""
    cursor: str = ""
    """Where the source of measurements goes on reading."""
    gate_hash: str = ""
    """Hash of the gate results that this release was let through with."""
    revision: int = 0
    observed_at: datetime | None = None
    """The latest time that any controller has seen: a clock that was put back does not go before it."""
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of state, or a check without one, with everything that it rests on."""

    at: datetime
    from_phase: str
    to_phase: str
    """Phase and part as shown: "Progressing(step 1: Baking)"."""
    reason: str
    by: str = "controller"
    """A person for requests."""
    assessment: Assessment | None = None
    commands: tuple[str, ...] = ()
    """In words."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one pass writes in one transaction: all of it or nothing."""

    rollout_id: str
    expected_revision: int
    fence: int
    at: datetime
    state: RolloutState
    health: Mapping[str, Any]
    cursor: str
    decision: Decision | None = None
    """None: the state is the same and no check was made."""
    sessions: tuple[SessionState, ...] = ()
    """Sessions that changed in the interval."""
    forgotten: tuple[str, ...] = ()
    """Sessions that are over."""
    requests_done: tuple[str, ...] = ()
    audit: tuple[AuditDraft, ...] = ()
