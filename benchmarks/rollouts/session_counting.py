"""The sessions of `many_turns` counted with arrays.

The rule is that of `core/health/cohort.py` (STATISTICS A2, units), fast enough for thousands of rollouts.
tests/simulation/test_rollout_sessions.py holds every interval equal to what `Cohort` makes of the same turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, log, prod

import numpy as np

from benchmarks.rollouts.course import CANARY, MINUTES, STABLE, STAGE_MINUTES, WARM_UP_S, ArmUnits, Course, Floats, Ints, Requests
from benchmarks.rollouts.many_turns import STAGE_S, Bools, Turns, first_failed_turn
from goldfinch.core.statistics.histogram import LogHistogram

_GRID = log(1.02)
_Place = tuple[int, int, int]
"""Stratum, arm, minute."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each turn belongs; -1: nowhere."""

    stratum: Ints
    arm: Ints
    minute: Ints

    def tallied(self, chosen: Bools) -> Ints:
        """How many of the chosen turns each (stratum, arm, minute) holds."""
        return _tallied((2, 2, MINUTES), self.stratum[chosen], self.arm[chosen], self.minute[chosen])


def counted(turns: Turns) -> Course:
    """Strata, sessions at risk, first failures, one measured turn a session."""
    is_first = turns.turn == 1
    places = _Places(_strata(turns, is_first), turns.canary.astype(np.int64), minute_of(turns.finished_s))
    counts = (places.minute >= 0) & (places.stratum >= 0)
    at_once = is_first & counts & (places.stratum == places.minute // STAGE_MINUTES)
    begun = _tallied((2, MINUTES), places.arm[at_once], places.minute[at_once])
    return Course(begun, _units(turns, places, counts), _requests(turns, places))


def minute_of(at_s: Floats) -> Ints:
    """The interval that a moment belongs to; -1: a warm-up."""
    stage = np.minimum(at_s // STAGE_S, 1)
    since = at_s - stage * STAGE_S - WARM_UP_S
    return np.where(since < 0, -1, stage * STAGE_MINUTES + since // 60).astype(np.int64)


def _strata(turns: Turns, is_first: Bools) -> Ints:
    """The step in which the session of each turn began; -1: a warm-up."""
    begun = turns.finished_s[is_first] - turns.latency_ms[is_first] / 1000
    stratum = np.full(int(turns.session.max(initial=0)) + 1, -1, dtype=np.int64)
    stratum[turns.session[is_first]] = np.where(minute_of(begun) < 0, -1, begun // STAGE_S)
    of_turns: Ints = stratum[turns.session]
    return of_turns


def _tallied(shape: tuple[int, ...], *places: Ints) -> Ints:
    """How often each place occurs."""
    return np.bincount(np.ravel_multi_index(places, shape), minlength=prod(shape)).reshape(shape)


def _units(turns: Turns, places: _Places, counts: Bools) -> tuple[dict[int, tuple[ArmUnits, ArmUnits]], ...]:
    """Per minute, the strata that had a turn in it."""
    first_failed = first_failed_turn(turns)[turns.session]
    at_risk = places.tallied(_once_a_minute(turns, places.minute, counts & (turns.turn <= first_failed)))
    newly_bad = places.tallied(counts & ~turns.ok & (turns.turn == first_failed))
    latencies, scores = _measured(turns, places, counts & (turns.turn == 1))

    def arm_units(place: _Place) -> ArmUnits:
        values = np.array(latencies.get(place, []))
        ones = np.ones(values.size, dtype=np.int64)
        return ArmUnits(int(at_risk[place]), int(newly_bad[place]), _histogram(values), values, ones, tuple(scores.get(place, ())))

    seen = places.tallied(counts).sum(axis=1)
    return tuple(
        {step: (arm_units((step, STABLE, minute)), arm_units((step, CANARY, minute))) for step in (0, 1) if seen[step, minute]}
        for minute in range(MINUTES)
    )


def _once_a_minute(turns: Turns, minute: Ints, chosen: Bools) -> Bools:
    """Of the chosen turns, the first of each session and minute: they stand in order, so that it differs from the one before."""
    at = np.flatnonzero(chosen)
    session, when = turns.session[at], minute[at]
    is_new = np.ones(at.size, dtype=np.bool_)
    is_new[1:] = (session[1:] != session[:-1]) | (when[1:] != when[:-1])
    once = np.zeros(chosen.size, dtype=np.bool_)
    once[at[is_new]] = True
    return once


def _measured(turns: Turns, places: _Places, chosen: Bools) -> tuple[dict[_Place, list[float]], dict[_Place, list[float]]]:
    """Latencies and scores of the measured turns, in order of time."""
    latencies: dict[_Place, list[float]] = {}
    scores: dict[_Place, list[float]] = {}
    at = np.flatnonzero(chosen)
    at = at[np.argsort(turns.finished_s[at], kind="stable")]
    columns = (places.stratum, places.arm, places.minute, turns.ok, turns.latency_ms, turns.score)
    for stratum, arm, minute, ok, latency_ms, score in zip(*(column[at].tolist() for column in columns), strict=True):
        if ok:
            latencies.setdefault((stratum, arm, minute), []).append(latency_ms)
        if not isnan(score):
            scores.setdefault((stratum, arm, minute), []).append(score)
    return latencies, scores


def _histogram(values_ms: Floats) -> LogHistogram:
    made = LogHistogram()
    for value in values_ms.tolist():
        made.add(value)
    return made


def _requests(turns: Turns, places: _Places) -> Requests:
    """Every finished request of a baking time, whosever it is."""
    both = (2, MINUTES)
    seen = places.minute >= 0
    arm, minute, ok, score = places.arm[seen], places.minute[seen], turns.ok[seen], turns.score[seen]
    bucket = np.ceil(np.log(turns.latency_ms[seen]) / _GRID).astype(np.int64)
    size = int(bucket.max(initial=0)) + 1
    scored = ~np.isnan(score)
    where = np.ravel_multi_index((arm[scored], minute[scored]), both)
    return Requests(
        count=_tallied(both, arm, minute),
        failed=_tallied(both, arm[~ok], minute[~ok]),
        latency_values_ms=np.exp(_GRID * np.arange(size)),
        latency_counts=_tallied((*both, size), arm[ok], minute[ok], bucket[ok]),
        score_count=_tallied(both, arm[scored], minute[scored]),
        score_sum=np.bincount(where, score[scored], minlength=2 * MINUTES).reshape(both).astype(np.float64),
    )
