"""Where a rollout stands. Names are the field's own (DELIVERY 4a)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from goldfinch.core.health.outcome import HoldReason


class Phase(StrEnum):
    PENDING = "Pending"
    INITIALIZING = "Initializing"
    STAGING_DEPLOYING = "StagingDeploying"
    SMOKE_TESTING = "SmokeTesting"
    MIGRATING = "Migrating"
    WAITING_APPROVAL = "WaitingApproval"
    PROGRESSING = "Progressing"
    WAITING_PROMOTION = "WaitingPromotion"
    PROMOTING = "Promoting"
    POST_PROMOTION_ANALYSIS = "PostPromotionAnalysis"
    FINALISING = "Finalising"
    PAUSED = "Paused"
    ROLLING_BACK = "RollingBack"
    ROLLBACK_FAILED = "RollbackFailed"
    """Not the end: tried again for ever, and somebody is paged."""
    SUCCEEDED = "Succeeded"
    ROLLED_BACK = "RolledBack"
    SUPERSEDED = "Superseded"
    CANCELLED = "Cancelled"
    FAILED = "Failed"
    """A stage before any traffic failed; production was not touched."""


TERMINAL = frozenset({Phase.SUCCEEDED, Phase.ROLLED_BACK, Phase.SUPERSEDED, Phase.CANCELLED, Phase.FAILED})
BEFORE_TRAFFIC = frozenset(
    {Phase.PENDING, Phase.INITIALIZING, Phase.STAGING_DEPLOYING, Phase.SMOKE_TESTING, Phase.MIGRATING, Phase.WAITING_APPROVAL}
)


class StepPhase(StrEnum):
    """Within Progressing, in this order."""

    SCALING_UP = "ScalingUp"
    SHIFTING = "Shifting"
    VERIFYING = "Verifying"
    WARMING_UP = "WarmingUp"
    BAKING = "Baking"


class RollbackPhase(StrEnum):
    """Within RollingBack, in this order."""

    SHIFTING_BACK = "ShiftingBack"
    VERIFYING = "Verifying"
    DRAINING = "Draining"
    SCALING_DOWN = "ScalingDown"


class PauseReason(StrEnum):
    CANARY_PAUSE_STEP = "CanaryPauseStep"
    INCONCLUSIVE_ANALYSIS = "InconclusiveAnalysis"
    INSUFFICIENT_SAMPLES = "InsufficientSamples"
    METRICS_UNAVAILABLE = "MetricsUnavailable"
    BASELINE_DEGRADED = "BaselineDegraded"
    ROUTE_DRIFT = "RouteDrift"
    SAMPLE_RATIO_MISMATCH = "SampleRatioMismatch"
    OPERATOR_PAUSE = "OperatorPause"
    APPROVAL_TIMEOUT = "ApprovalTimeout"


class Completion(StrEnum):
    PROMOTED = "Promoted"
    FAST_PROMOTED = "FastPromoted"
    ABORTED = "Aborted"
    SUPERSEDED = "Superseded"


@dataclass(frozen=True, slots=True)
class Pause:
    """Why and since when a rollout is held, and what it goes back to."""

    reason: PauseReason
    since: datetime
    bake_left: timedelta
    """Baking time that remained; it is baked in full after resuming."""
    back_to: Phase = Phase.PROGRESSING
    hold: HoldReason | None = None
    """Of a hold by the measurements: it ends by itself when they are good again. None: a person's, or the router's."""
    held: timedelta = timedelta(0)
    """How long the hold has been watched: gaps that are too long to have been watched do not count, so no jump of a clock shortens it."""
    seen_at: datetime | None = None
    """Until when `held` has been added up."""


@dataclass(frozen=True, slots=True)
class RolloutState:
    """One value that a restarted controller needs, and nothing else decides: times are absolute, UTC."""

    phase: Phase = Phase.PENDING
    step: int = 0
    """Index into the plan's steps."""
    part: StepPhase | RollbackPhase | None = None
    weight_percent: int = 0
    """What the router is to serve."""
    verified_weight_percent: int | None = None
    """What it was last seen to serve."""
    entered_at: datetime | None = None
    """When phase and part became these."""
    deadline: datetime | None = None
    """What ends the present part: the bake, a time-out, a hold."""
    extended: bool = False
    """The bake of this step has been extended."""
    pause: Pause | None = None
    reason: str = ""
    """In words, for a person: why it stands here."""
    trigger: str = ""
    """Of a rollback: the assessment's trigger, `operator`, `superseded`, `unhealthy`, ..."""
    attempts: int = 0
    """Failed tries of what the present part has to do."""
    completion: Completion | None = None
    bake_left: timedelta | None = None
    """What the next bake of this step has left, of a bake that was interrupted; None: all of it."""
    ending: Phase | None = None
    """Before any traffic: what it ends as once the canary is stopped."""
    forced_by: str = ""
    """Who decided to go on although the stable release cannot serve."""
    cause: str = ""
    """Of a rollback: the sentence with figures that began it."""
