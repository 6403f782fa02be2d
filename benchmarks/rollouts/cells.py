"""What is simulated: one cell per row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from zlib import crc32

import numpy as np

from benchmarks.rollouts import many_turns, one_turn, session_counting
from benchmarks.rollouts.course import Course
from benchmarks.rollouts.traffic import Sessions, Traffic

SEED = 20261124


@dataclass(frozen=True, slots=True)
class Cell:
    """Rollouts of one kind."""

    name: str
    title: str
    traffic: Traffic
    restarts: tuple[int, ...] = ()
    """Minutes after which our judge's state goes through JSON."""

    def course(self, number: int, seed: int = SEED) -> Course:
        """The same rollout for the same number, seed and cell, whatever else is simulated."""
        random = self.random(number, seed)
        if self.traffic.sessions is Sessions.ONE_TURN:
            return one_turn.draw(random, self.traffic)
        return session_counting.counted(many_turns.draw_turns(random, self.traffic))

    def random(self, number: int, seed: int = SEED) -> np.random.Generator:
        return np.random.default_rng([seed, crc32(self.name.encode()), number])


@dataclass(frozen=True, slots=True)
class Bar:
    """What a detection must reach (STATISTICS A2); medians over all rollouts, those never rolled back counting as infinite."""

    least_found: float = 0.99
    median_minutes: float = inf
    median_units: float = inf
    median_scores: float = inf


_INCIDENT = (10.0, 20.0, 5.0)

SAME = (
    Cell("same-2", "2 requests/s", Traffic(2, canary_scored=0.05, stable_scored=0.05)),
    Cell("same-20", "20 requests/s", Traffic(20)),
    Cell("same-200", "200 requests/s", Traffic(200, canary_scored=0.01, stable_scored=0.01)),
    Cell("same-rare-errors", "20 requests/s, 0.5 % errors", Traffic(20, error_rate=0.005)),
    Cell("same-common-errors", "20 requests/s, 5 % errors", Traffic(20, error_rate=0.05)),
    Cell("same-incident", "20 requests/s, both arms ×5 errors for 10 minutes", Traffic(20, incident=_INCIDENT)),
    Cell("same-drift", "20 requests/s, error rate drifts from 1 % to 6 %", Traffic(20, drift=(0.5, 3.0))),
    Cell("same-ten-turns", "2 sessions/s of 10 turns that fail as a whole", Traffic(2, sessions=Sessions.TEN_TURNS)),
    Cell("same-ten-turns-20", "20 sessions/s of 10 turns that fail as a whole", Traffic(20, sessions=Sessions.TEN_TURNS)),
    Cell("same-ending", "2 sessions/s of 10 turns, a failure ends the session", Traffic(2, sessions=Sessions.ENDED_BY_FAILURE)),
    Cell("same-lengths", "2 sessions/s of 1 to 200 turns, failures and speed by session", Traffic(2, sessions=Sessions.ANY_LENGTH)),
    Cell("same-incident-turns", "2 sessions/s of 10 turns, both arms ×5 failures for 10 minutes, a failure ends the session",
         Traffic(2, sessions=Sessions.ENDED_BY_FAILURE, incident=_INCIDENT)),
    Cell("same-restart", "20 requests/s, the controller is started again at minutes 17 and 43", Traffic(20), restarts=(16, 42)),
)  # fmt: skip
"""The canary is the stable release: every rollback is a false one."""

WORSE = (
    (Cell("errors-2", "errors 2 % → 10 %, 2 requests/s", Traffic(2, error_factor=5)), Bar(median_units=150)),
    (Cell("errors-20", "errors 2 % → 10 %, 20 requests/s", Traffic(20, error_factor=5)), Bar(median_minutes=3)),
    (Cell("rare-errors-2", "errors 0.5 % → 2.5 %, 2 requests/s", Traffic(2, error_rate=0.005, error_factor=5)), Bar(median_units=650)),
    (Cell("slow-2", "p95 ×2, 2 requests/s", Traffic(2, latency_factor=2)), Bar(median_units=120)),
    (Cell("slow-20", "p95 ×2, 20 requests/s", Traffic(20, latency_factor=2)), Bar(median_minutes=3)),
    (Cell("score-nine", "score −20 %, nine stable scores to each of the canary",
          Traffic(20, score_factor=0.8, canary_scored=0.02, stable_scored=0.02)), Bar(median_scores=50)),
    (Cell("score-equal", "score −20 %, as many stable scores as of the canary",
          Traffic(20, score_factor=0.8, canary_scored=0.045, stable_scored=0.005)), Bar(median_scores=85)),
    (Cell("broken-2", "60 % errors, 2 requests/s", Traffic(2, error_factor=30)), Bar(median_minutes=2)),
    (Cell("broken-20", "60 % errors, 20 requests/s", Traffic(20, error_factor=30)), Bar(median_minutes=2)),
    (Cell("errors-ten-turns", "sessions that fail 2 % → 10 %, 2 sessions/s of 10 turns",
          Traffic(2, error_factor=5, sessions=Sessions.TEN_TURNS)), Bar(median_minutes=13)),
)  # fmt: skip
"""The canary is worse from its first session on."""

CELLS = {cell.name: cell for cell in (*SAME, *(cell for cell, _ in WORSE))}
