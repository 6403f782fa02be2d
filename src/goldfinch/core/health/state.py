"""Everything that is known of the health of one rollout, as a value of bounded size that JSON keeps bit for bit.

Some 11 to 20 kB with three metrics. It does not grow with traffic: at most 240 checks, 1,000 waiting scores of an arm and stratum, and the
2,400 buckets that a histogram can have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from goldfinch.core.health.counts import CountEvidence
from goldfinch.core.health.fast_path import Check
from goldfinch.core.health.mixing import Rows
from goldfinch.core.health.quantiles import QuantileEvidence
from goldfinch.core.health.sample_ratio import SampleRatio
from goldfinch.core.health.scores import ScoreEvidence
from goldfinch.core.health.silence import Silence

Evidence = CountEvidence | QuantileEvidence | ScoreEvidence


@dataclass(frozen=True, slots=True)
class HealthState:
    """What the intervals of a rollout have come to. Changing rules, metrics or arms begins a new one."""

    starts: tuple[int, ...]
    """Planned starts: the steps that bake."""
    metrics: Mapping[str, Evidence]
    limits: Mapping[str, Rows] = field(default_factory=dict)
    """Evidence against absolute limits: one row per planned start, and one for the time after promotion."""
    first_release: bool = False
    """There is no stable release to compare with."""
    step: int = 0
    """Of the last interval."""
    share: float = 0.0
    """Of new sessions, that the canary was to have in the last interval."""
    intervals: int = 0
    probe_intervals: int = 0
    """Of them, those whose evidence is of probe sessions."""
    measured_until: datetime | None = None
    checks: tuple[Check, ...] = ()
    silence: Silence = field(default_factory=Silence)
    sample_ratio: SampleRatio = field(default_factory=SampleRatio)
    unknown_since: datetime | None = None
    """Since when the source of measurements does not answer."""
    unknown_reason: str = ""
    safety: tuple[str, ...] = ()
    """Confirmed breaches of the canary, the first few."""
    canary_sessions: int = 0
    stable_sessions: int = 0
    unpinned: int = 0

    def to_state(self) -> dict[str, Any]:
        """Plain JSON values, floats exact by repr."""
        from goldfinch.core.health.saved_state import to_state

        return to_state(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `to_state`. Raises `HealthStateUnreadable`."""
        from goldfinch.core.health.saved_state import from_state

        return cls(**from_state(state))
