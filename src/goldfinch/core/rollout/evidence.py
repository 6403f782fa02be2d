"""What one pass of the controller has seen. Everything may be missing, and missing is never read as good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from goldfinch.core.health.outcome import Assessment


@dataclass(frozen=True, slots=True)
class RouterView:
    """The split as the data plane serves it now, read back."""

    canary_percent: int
    acknowledged: bool
    """Every proxy has taken the last configuration."""
    foreign_change: str = ""
    """In words, what somebody else changed; empty: nothing."""
    pinned_canary_sessions: int | None = None
    canary_in_flight: int | None = None
    """Requests and streams open on the canary; None: unknown."""


@dataclass(frozen=True, slots=True)
class TargetView:
    """A release's processes or pods."""

    running: bool
    ready: bool
    healthy: bool = True
    """False: every instance fails its health probe."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StageResult:
    """How a stage before traffic ended. None passed: it still runs."""

    passed: bool | None
    detail: str = ""


class Verb(StrEnum):
    """What a person may ask of a rollout."""

    PROMOTE = "promote"
    """Take the next step now: leaves the present bake out, and is recorded as this person's decision."""
    PROMOTE_FULL = "promote_full"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    RETRY = "retry"
    APPROVE = "approve"
    REJECT = "reject"
    SUPERSEDE = "supersede"
    """A newer release waits for this one's place."""


@dataclass(frozen=True, slots=True)
class OperatorRequest:
    """A person's request, kept until a pass has dealt with it: exactly once."""

    id: str
    verb: Verb
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """None, or an absent key: not seen in this pass."""

    router: RouterView | None = None
    canary: TargetView | None = None
    stable: TargetView | None = None
    assessment: Assessment | None = None
    """Of a check made in this pass; None: none was due."""
    stages: Mapping[str, StageResult] = field(default_factory=dict)
    requests: tuple[OperatorRequest, ...] = ()
    approved: bool | None = None
    """An unexpired approval of exactly this release and these gate results; False: rejected; None: neither."""
    refused: str = ""
    """Why the canary may not go on: denied, an approval that lapsed, gate results that do not hold; empty: nothing of the kind."""
    failures: tuple[str, ...] = ()
    """Commands of the previous pass that failed, each in words."""
    measured_until: datetime | None = None
    """Event time up to which measurements of this step exist, in every pass, with a check or without one. A bake is over when its time is
    over *and* measured; None counts as nothing measured yet."""
    waits_for: str = ""
    """Of a Pending rollout: the id of the one whose place it waits for; empty: the place is free."""
    denied: bool | None = None
    """Whether the ledger has the denial of the canary; None: nobody looked."""
    named_stable: str | None = None
    """The release that the name `stable` means now; None: nobody looked."""
