"""What the simulated users and releases are like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from benchmarks.rollouts.course import Floats

LATENCY_MEDIAN_MS = 3_000.0
LATENCY_SIGMA = 0.843
"""Of the logarithm: a p95 four times the median, 12 s (STATISTICS A1)."""
SCORE_MEAN, SCORE_DEVIATION = 0.8, 0.2


class Sessions(StrEnum):
    ONE_TURN = "one turn"
    TEN_TURNS = "10 turns"
    """A session is broken or it is not: all its turns fail, or none."""
    ENDED_BY_FAILURE = "10 turns, a failure ends the session"
    ANY_LENGTH = "1 to 200 turns"
    """Heavy tail; each session has a failure rate and a speed of its own."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Sessions of both arms; the canary's figures are the stable ones times a factor."""

    per_second: float
    """Sessions begun."""
    error_rate: float = 0.02
    """Of sessions."""
    error_factor: float = 1.0
    latency_factor: float = 1.0
    score_factor: float = 1.0
    canary_scored: float = 0.05
    """Share of answers that a judge scores."""
    stable_scored: float = 0.05
    sessions: Sessions = Sessions.ONE_TURN
    incident: tuple[float, float, float] | None = None
    """From and until (minutes of the rollout), and how many times more both arms fail."""
    drift: tuple[float, float] = (1.0, 1.0)
    """Factor on the error rate of both arms at the beginning and at the end; in between a straight line."""

    def scored(self, arm: int) -> float:
        return self.canary_scored if arm else self.stable_scored

    def base_rates(self, minutes: Floats, whole_minutes: float) -> Floats:
        """The stable arm's error rate at each moment."""
        first, last = self.drift
        rates = self.error_rate * (first + (last - first) * minutes / whole_minutes)
        if self.incident is not None:
            since, until, factor = self.incident
            rates = np.where((minutes >= since) & (minutes < until), factor * rates, rates)
        return rates

    def rates(self, arm: int, minutes: Floats, whole_minutes: float) -> Floats:
        factor = self.error_factor if arm else 1.0
        return np.minimum(1.0, factor * self.base_rates(minutes, whole_minutes))

    def score_shape(self, arm: int) -> tuple[float, float]:
        """a and b of the beta distribution with the arm's mean and the common deviation."""
        mean = SCORE_MEAN * (self.score_factor if arm else 1.0)
        spread = mean * (1 - mean) / SCORE_DEVIATION**2 - 1
        return mean * spread, (1 - mean) * spread
