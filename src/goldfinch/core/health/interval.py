"""What was measured between two checks: counts of units per arm and stratum, never raw requests.

A unit is a session, and counts once (STATISTICS A2, units). A stratum is the step in which a session began; sessions begun before the
weight of the first step was verified, or during warm-up, pause or a shift, belong to none and are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from goldfinch.core.statistics.histogram import LogHistogram


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Units at risk and units that newly turned bad, of each arm."""

    canary_units: int = 0
    canary_bad: int = 0
    stable_units: int = 0
    stable_bad: int = 0


@dataclass(frozen=True, slots=True)
class QuantileCounts:
    """One turn per session, chosen before it was seen, against the threshold that was known when the interval began."""

    threshold_ms: float | None
    """tau_k, as the health state gave it for this interval; None: fewer than 100 stable latencies so far."""
    exceeding: PairCounts
    """Units measured, and those above the threshold; a time-out or a request that still runs beyond it exceeds. All 0 without threshold."""
    canary: LogHistogram = field(default_factory=LogHistogram)
    stable: LogHistogram = field(default_factory=LogHistogram)
    """Latencies of the units, in milliseconds."""


@dataclass(frozen=True, slots=True)
class ScoreValues:
    """Scores in the order in which they became known, in [0, 1], higher is better; judge failures are counted, not 0.

    Of a metric with a `cap`: the amounts as they were measured, 0 or more; the health state clips them and turns them round.
    """

    canary: tuple[float, ...] = ()
    stable: tuple[float, ...] = ()
    failures: PairCounts = PairCounts()
    """Answers that were to be judged, and those that could not be."""


@dataclass(frozen=True, slots=True)
class StratumInterval:
    """What the sessions that began in step `stratum` (from 0) did in the interval. Metrics by name."""

    stratum: int
    counts: Mapping[str, PairCounts] = field(default_factory=dict)
    quantiles: Mapping[str, QuantileCounts] = field(default_factory=dict)
    scores: Mapping[str, ScoreValues] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interval:
    """One check interval, by event time. It spans no change of weight."""

    start: datetime
    end: datetime
    step: int
    """The step (from 0) whose weight was verified throughout."""
    canary_share: float
    """What the router was told: the share of new sessions that go to the canary."""
    strata: tuple[StratumInterval, ...] = ()
    canary_sessions: int = 0
    stable_sessions: int = 0
    """Sessions begun in the interval; what the sample ratio is judged by."""
    canary_requests: int = 0
    stable_requests: int = 0
    """Requests finished, of all sessions: for show."""
    unpinned: int = 0
    """Sessions that came back on another arm: counted on their first."""
    safety_breaches: tuple[str, ...] = ()
    """Confirmed breaches of the canary, each in a few words."""
    probes: bool = False
    """The evidence is of probe sessions, and marked so wherever it is shown."""
    late: int = 0
    """Requests that finished before `start` and were heard of only now: counted here, nowhere else."""
    too_late: int = 0
    """Requests that were heard of later than is tolerated, or after the weight had changed: left out."""
    notes_left_out: int = 0
    """Of a session that is not known, or of the other arm than its session's."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The source of measurements did not answer at `at`. Never read as 0."""

    at: datetime
    reason: str
