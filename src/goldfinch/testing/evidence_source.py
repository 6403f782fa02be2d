"""Sources of measurements without traffic: scripted intervals, and a seeded generator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp, log
from random import Random

from goldfinch.core.health.events import SessionState
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval
from goldfinch.core.statistics.histogram import LogHistogram
from goldfinch.ports.evidence_source import Question, Reading

ERRORS = "error_rate"
LATENCY = "p95_latency"
SCORES = "evaluation_score"


class ScriptedEvidence:
    """Gives the n-th interval of a script at the n-th check; a text in its place is a source that does not answer, and why.

    Start, end, step and share are those of the question. The cursor is the number of the next interval.
    """

    def __init__(self, script: Sequence[Interval | str]) -> None:
        self.script = list(script)
        self.questions: list[Question] = []
        self._silent = 0

    async def read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        del sessions
        self.questions.append(question)
        index = int(question.cursor.partition("@")[0] or 0) + self._silent
        told = self.script[index] if index < len(self.script) else "the script is over"
        if isinstance(told, str):
            self._silent += index < len(self.script)
            raise MetricsUnavailable(told, where="evidence")
        start = max(question.baking_since, _read_until(question.cursor) or question.baking_since)
        interval = replace(told, start=start, end=question.until, step=question.step, canary_share=question.canary_share)
        return Reading((interval,), f"{index + 1 - self._silent}@{question.until.isoformat()}")


@dataclass(frozen=True, slots=True)
class ArmTraffic:
    """How one arm answers. Latencies are lognormal, scores normal within [0, 1]."""

    error_rate: float = 0.01
    latency_ms: float = 800.0
    """Median."""
    latency_sigma: float = 0.4
    score: float = 0.85
    score_sd: float = 0.1
    safety_breach_after_s: float | None = None
    """Seconds of a step after which a safety breach of the canary is confirmed."""


@dataclass
class SimulatedTraffic:
    """Sessions of one turn each, drawn anew from the seed for every second: however an interval is cut, it holds the same sessions.

    Seconds count from the beginning of a step's bake, so a step has the same traffic whenever it begins.
    """

    sessions_per_s: float = 10.0
    stable: ArmTraffic = field(default_factory=ArmTraffic)
    canary: ArmTraffic = field(default_factory=ArmTraffic)
    scored_share: float = 0.2
    seed: int = 1
    unavailable: str = ""
    """Why the source does not answer; empty: it does."""
    silent_after_s: float | None = None
    """Seconds of a step after which no session begins any more."""
    reads: int = 0

    async def read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        del sessions
        self.reads += 1
        if self.unavailable:
            raise MetricsUnavailable(self.unavailable, where="evidence")
        read_until = _read_until(question.cursor)
        start = question.baking_since if read_until is None else max(question.baking_since, read_until)
        end = max(start, question.until)
        return Reading((self._interval(question, start, end),), f"@{end.isoformat()}")

    def _interval(self, question: Question, start: datetime, end: datetime) -> Interval:
        arms = _Arm(question.thresholds_ms.get(LATENCY)), _Arm(question.thresholds_ms.get(LATENCY))
        first, last = (int((time - question.baking_since).total_seconds()) for time in (start, end))
        for second in range(first, last):
            self._second(question, second, *arms)
        stable, canary = arms
        breaches = self._breaches(first, last)
        return Interval(
            start,
            end,
            question.step,
            question.canary_share,
            (_stratum(question, stable, canary),) if question.comparable else (),
            canary_sessions=canary.units,
            stable_sessions=stable.units,
            canary_requests=canary.units,
            stable_requests=stable.units,
            safety_breaches=breaches,
        )

    def _second(self, question: Question, second: int, stable: _Arm, canary: _Arm) -> None:
        if self.silent_after_s is not None and second >= self.silent_after_s:
            return
        chance = Random(f"{self.seed} {question.step} {second}")  # noqa: S311  # nosec B311 - traffic, no secret
        for _ in range(int(self.sessions_per_s * (second + 1)) - int(self.sessions_per_s * second)):
            to_canary = chance.random() < question.canary_share
            (canary if to_canary else stable).add(self.canary if to_canary else self.stable, chance, self.scored_share)

    def _breaches(self, first: int, last: int) -> tuple[str, ...]:
        at = self.canary.safety_breach_after_s
        return ("the canary gave away a secret",) if at is not None and first <= at < last else ()


@dataclass(slots=True)
class _Arm:
    threshold_ms: float | None
    units: int = 0
    bad: int = 0
    exceeding: int = 0
    latencies: LogHistogram = field(default_factory=LogHistogram)
    scores: list[float] = field(default_factory=list)

    def add(self, traffic: ArmTraffic, chance: Random, scored_share: float) -> None:
        self.units += 1
        self.bad += chance.random() < traffic.error_rate
        latency_ms = exp(chance.gauss(log(traffic.latency_ms), traffic.latency_sigma))
        self.latencies.add(latency_ms)
        self.exceeding += self.threshold_ms is not None and latency_ms > self.threshold_ms
        if chance.random() < scored_share:
            self.scores.append(min(1.0, max(0.0, chance.gauss(traffic.score, traffic.score_sd))))


def _stratum(question: Question, stable: _Arm, canary: _Arm) -> StratumInterval:
    threshold = question.thresholds_ms.get(LATENCY)
    exceeding = PairCounts() if threshold is None else PairCounts(canary.units, canary.exceeding, stable.units, stable.exceeding)
    return StratumInterval(
        question.step,
        {ERRORS: PairCounts(canary.units, canary.bad, stable.units, stable.bad)},
        {LATENCY: QuantileCounts(threshold, exceeding, canary.latencies, stable.latencies)},
        {SCORES: ScoreValues(tuple(canary.scores), tuple(stable.scores), PairCounts(len(canary.scores), 0, len(stable.scores), 0))},
    )


def _read_until(cursor: str) -> datetime | None:
    text = cursor.partition("@")[2]
    return datetime.fromisoformat(text) if text else None
