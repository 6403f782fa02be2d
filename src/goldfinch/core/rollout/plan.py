"""The plan of a rollout: fixed when it starts, so that no later change of a file moves a rollout that is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from goldfinch.core.health.metrics import HealthRules


class OnInconclusive(StrEnum):
    HOLD = "hold"
    PROMOTE = "promote"
    ROLLBACK = "rollback"


class SessionsOnRollback(StrEnum):
    """What becomes of the canary's running sessions."""

    BREAK = "break"
    """They move to the stable release at once: safety, errors, score."""
    FINISH = "finish"
    """They may end on the canary, until the drain deadline: latency, cost."""


@dataclass(frozen=True, slots=True)
class Step:
    """A share of the new sessions, and how long it is watched before the next one."""

    weight_percent: int
    bake: timedelta
    wait_for_person: bool = False
    """Stop after this step until somebody promotes."""


DEFAULT_STEPS = (Step(10, timedelta(minutes=30)), Step(50, timedelta(minutes=30)), Step(100, timedelta(0)))
"""R67."""


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """Durations are as they are meant: a time scale has been applied to them before, and is only kept to be shown."""

    steps: tuple[Step, ...] = DEFAULT_STEPS
    health: HealthRules = field(default_factory=HealthRules)
    warm_up: timedelta = timedelta(seconds=60)
    """After a weight is verified: sessions begun in it do not count (C29)."""
    max_extension: float = 2.0
    """A bake that lacks units is extended once, to this many times its length."""
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD
    approval: bool = False
    """A person other than who asked for it must approve before any traffic moves."""
    approval_timeout: timedelta = timedelta(hours=24)
    ready_within: timedelta = timedelta(minutes=10)
    verify_within: timedelta = timedelta(minutes=2)
    drain_within: timedelta = timedelta(minutes=10)
    max_hold: timedelta = timedelta(minutes=30)
    """A hold for want of measurements or of a fair comparison ends in a rollback after this; a hold for a person does not."""
    post_promotion: timedelta = timedelta(minutes=30)
    """How long the old release is kept warm after 100 %."""
    session_drain: timedelta = timedelta(minutes=10)
    """How long sessions of the stable release may go on there after 100 %."""
    sessions: SessionsOnRollback = SessionsOnRollback.BREAK
    migrations: bool = False
    """There are expand-only migrations to run before traffic."""
    time_scale: float = 1.0
    stage_within: timedelta = timedelta(minutes=30)
    """How long a smoke test or a migration may take."""
