"""What sessions did, event by event: the format of a recorded stream, and what one session has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from goldfinch.core.health.metrics import Arm

TIMEOUT: Final = "timeout"
SAFETY: Final = "safety"
JUDGE_FAILED: Final = "judge_failed"
CLIENT_LEFT: Final = "client_left"
"""The client went away before the answer was whole: how long it would have taken is not known, only that it took longer."""
PROBE_SCORE: Final = "probe_score"
"""The score metric of probe sessions: no other session gives it one, and they give no other metric anything."""
PROBE_SESSION: Final = "(probe)"
"""In `SessionState.measured`: the session is a probe's."""


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One finished turn of one session."""

    time_s: float
    """When it finished, seconds since 1970, UTC."""
    session: str
    arm: Arm
    turn: int
    """From 1."""
    ok: bool
    latency_ms: float
    score: float | None = None
    """In [0, 1]; None: not scored."""
    flags: tuple[str, ...] = ()
    """timeout, tool_error, refusal, guardrail, negative_feedback, safety, judge_failed, and names of a user's own."""
    amounts: Mapping[str, float] | None = None
    """What the turn used, as far as it is known, by the name of the SCORE metric with a `cap` that it belongs to: US dollars, tokens."""


@dataclass(frozen=True, slots=True)
class TurnNote:
    """What became known of a turn after it had finished: from its spans, from the scoring of its answer.

    The session decides who it is about; `arm` is what the note's own source says, and one that contradicts the session is left out.
    """

    time_s: float
    """When the turn finished, seconds since 1970, UTC; the note may come minutes later."""
    session: str
    arm: Arm
    flags: tuple[str, ...] = ()
    """As of `SessionEvent`: they make the session bad in the count metrics that they belong to."""
    scores: Mapping[str, float | None] | None = None
    """Score metric → value in [0, 1], higher is better; None: it was to be judged and could not be. The session's first one counts."""
    amounts: Mapping[str, float] | None = None
    probe: bool = False
    """Of a probe session."""


@dataclass(frozen=True, slots=True)
class RunningRequest:
    """A request that has not finished: it exceeds a threshold as soon as it has run for longer."""

    session: str
    arm: Arm
    turn: int
    begun_s: float


@dataclass(frozen=True, slots=True)
class WeightEvent:
    """The weight that the router verifiably served from `time_s` on."""

    time_s: float
    weight_percent: int


@dataclass(frozen=True, slots=True)
class SessionState:
    """What must be known of a session to count it once: saved with the check, so that a restart counts nothing twice."""

    session: str
    arm: Arm
    stratum: int | None
    """None: begun outside every step's baking time; it never counts."""
    begun_s: float
    last_seen_s: float
    bad: frozenset[str] = frozenset()
    """Count metrics in which it has turned bad."""
    measured: frozenset[str] = frozenset()
    """Quantile and score metrics to which it has given its one turn; of a probe session also `PROBE_SESSION`."""
