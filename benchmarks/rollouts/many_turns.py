"""Sessions of several turns, turn by turn, and their counting with arrays.

The counting is that of `core/health/cohort.py` (STATISTICS A2, units), a hundred times as fast; tests/simulation/test_rollout_sessions.py holds
every interval equal to what `Cohort` makes of the same events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, prod

import numpy as np
import numpy.typing as npt

from benchmarks.rollouts.course import (
    BEGINS,
    CANARY,
    MINUTES,
    STAGE_MINUTES,
    STEPS,
    WARM_UP_S,
    ArmUnits,
    Course,
    Floats,
    Ints,
    Requests,
)
from benchmarks.rollouts.traffic import LATENCY_MEDIAN_MS, LATENCY_SIGMA, Sessions, Traffic
from goldfinch.core.health.events import SessionEvent
from goldfinch.core.health.metrics import Arm
from goldfinch.core.statistics.histogram import LogHistogram

Bools = npt.NDArray[np.bool_]

STAGE_S = WARM_UP_S + 60.0 * STAGE_MINUTES
WHOLE_S = 2 * STAGE_S
_THINKS_S = 20.0
_LONGEST_MS = 120_000.0
_MOST_TURNS = 200
_GRID = log(1.02)


@dataclass(frozen=True, slots=True)
class Turns:
    """Finished turns, session by session, in order of time within each."""

    session: Ints
    turn: Ints
    """From 1."""
    canary: Bools
    finished_s: Floats
    """Since the weight of the first step was verified."""
    latency_ms: Floats
    ok: Bools
    score: Floats
    """NaN: not scored."""

    def only(self, kept: Bools) -> Turns:
        return Turns(
            self.session[kept], self.turn[kept], self.canary[kept], self.finished_s[kept], self.latency_ms[kept], self.ok[kept],
            self.score[kept],
        )  # fmt: skip


def draw(random: np.random.Generator, traffic: Traffic) -> Course:
    """A rollout of such sessions, counted."""
    return counted(draw_turns(random, traffic))


def draw_turns(random: np.random.Generator, traffic: Traffic) -> Turns:
    """Sessions arrive at random, stay on their arm, and think between turns; whole milliseconds, so that sums are exact."""
    begun = np.sort(random.uniform(0, WHOLE_S, random.poisson(traffic.per_second * WHOLE_S)))
    share = np.where(begun < STAGE_S, STEPS[0].weight_percent, STEPS[1].weight_percent) / 100
    canary = random.random(begun.size) < share
    lengths = _lengths(random, traffic.sessions, begun.size)
    session = np.repeat(np.arange(begun.size), lengths)
    first = np.cumsum(lengths) - lengths
    turn = np.arange(session.size) - first[session] + 1
    on_canary = canary[session]
    latency = _latencies(random, traffic, session, on_canary)
    spent = latency / 1000 + np.where(turn > 1, random.exponential(_THINKS_S, session.size), 0.0)
    passed = np.cumsum(spent)
    finished = begun[session] + passed - (passed[first] - spent[first])[session]
    ok = ~_fails(random, traffic, session, turn, on_canary, finished)
    turns = Turns(session, turn, on_canary, finished, latency, ok, _scores(random, traffic, on_canary, ok))
    kept = finished < WHOLE_S
    if traffic.sessions is Sessions.ENDED_BY_FAILURE:
        kept &= turn <= _first_failed_turn(turns)[session]
    return turns.only(kept)


def _lengths(random: np.random.Generator, kind: Sessions, count: int) -> Ints:
    if kind is Sessions.ANY_LENGTH:
        return np.minimum(_MOST_TURNS, np.ceil(random.lognormal(log(4), 1.2, count))).astype(np.int64)
    return np.full(count, 1 if kind is Sessions.ONE_TURN else 10, dtype=np.int64)


def _latencies(random: np.random.Generator, traffic: Traffic, session: Ints, canary: Bools) -> Floats:
    drawn = random.lognormal(log(LATENCY_MEDIAN_MS), LATENCY_SIGMA, session.size)
    if traffic.sessions is Sessions.ANY_LENGTH:
        drawn *= random.lognormal(0.0, 0.5, int(session[-1]) + 1)[session]
    return np.clip(np.round(drawn * np.where(canary, traffic.latency_factor, 1.0)), 1.0, _LONGEST_MS)


def _fails(random: np.random.Generator, traffic: Traffic, session: Ints, turn: Ints, canary: Bools, finished: Floats) -> Bools:
    rate = np.where(canary, *(traffic.rates(arm, finished / 60, WHOLE_S / 60) for arm in (1, 0)))
    if traffic.sessions is Sessions.TEN_TURNS:
        first = np.flatnonzero(turn == 1)
        broken = random.random(first.size) < rate[first]
        return broken[session]
    if traffic.sessions is Sessions.ANY_LENGTH:
        rate = rate / 4 * random.gamma(0.5, 2.0, int(session[-1]) + 1)[session]
    else:
        rate = 1 - (1 - rate) ** (1 / 10)
    return random.random(session.size) < rate


def _scores(random: np.random.Generator, traffic: Traffic, canary: Bools, ok: Bools) -> Floats:
    """Answers that a judge was given; a failed one has none."""
    scores = np.full(canary.size, np.nan)
    judged = ok & (random.random(canary.size) < np.where(canary, traffic.canary_scored, traffic.stable_scored))
    for arm, of_arm in enumerate((judged & ~canary, judged & canary)):
        scores[of_arm] = random.beta(*traffic.score_shape(arm), int(of_arm.sum()))
    return scores


def _first_failed_turn(turns: Turns) -> Ints:
    """Per session; a number beyond every turn where none failed."""
    first = np.full(int(turns.session.max(initial=0)) + 1, _MOST_TURNS + 1, dtype=np.int64)
    np.minimum.at(first, turns.session[~turns.ok], turns.turn[~turns.ok])
    return first


def events(turns: Turns) -> Iterator[SessionEvent]:
    """The turns as a recorded stream: in order of time, of every session."""
    offset = BEGINS.timestamp()
    for at in np.argsort(turns.finished_s, kind="stable").tolist():
        score = float(turns.score[at])
        yield SessionEvent(
            time_s=offset + float(turns.finished_s[at]),
            session=f"s{turns.session[at]}",
            arm=Arm.CANARY if turns.canary[at] else Arm.STABLE,
            turn=int(turns.turn[at]),
            ok=bool(turns.ok[at]),
            latency_ms=float(turns.latency_ms[at]),
            score=None if score != score else score,
        )


def minute_of(at_s: Floats) -> Ints:
    """The interval that a moment belongs to; -1: a warm-up."""
    stage = np.minimum(at_s // STAGE_S, 1)
    since = at_s - stage * STAGE_S - WARM_UP_S
    return np.where(since < 0, -1, stage * STAGE_MINUTES + since // 60).astype(np.int64)


def counted(turns: Turns) -> Course:
    """Strata, sessions at risk, first failures, one measured turn a session: the rule of `Cohort`."""
    minute = minute_of(turns.finished_s)
    arm = turns.canary.astype(np.int64)
    stratum_of, measured = _strata(turns)
    stratum = stratum_of[turns.session]
    counts = (minute >= 0) & (stratum >= 0)
    first_failed = _first_failed_turn(turns)[turns.session]
    at_risk = _at_risk(turns, minute, stratum, counts & (turns.turn <= first_failed))
    newly_bad = _cells(stratum, arm, minute, counts & ~turns.ok & (turns.turn == first_failed))
    at_once = measured & counts & (stratum == minute // STAGE_MINUTES)
    begun = _tallied((2, MINUTES), arm[at_once], minute[at_once])
    units = _units(turns, minute, stratum, measured & counts, at_risk, newly_bad)
    return Course(begun, units, _requests(turns, minute, arm))


def _strata(turns: Turns) -> tuple[Ints, Bools]:
    """Stratum of each session (-1: none) by when its first turn began; which turns are first ones."""
    first = turns.turn == 1
    begun = turns.finished_s[first] - turns.latency_ms[first] / 1000
    stratum = np.full(int(turns.session.max(initial=0)) + 1, -1, dtype=np.int64)
    stratum[turns.session[first]] = np.where(minute_of(begun) < 0, -1, begun // STAGE_S)
    return stratum, first


def _cells(stratum: Ints, arm: Ints, minute: Ints, chosen: Bools) -> Ints:
    """How many of the chosen turns each (stratum, arm, minute) holds."""
    return _tallied((2, 2, MINUTES), stratum[chosen], arm[chosen], minute[chosen])


def _tallied(shape: tuple[int, ...], *places: Ints) -> Ints:
    """How often each place occurs."""
    return np.bincount(np.ravel_multi_index(places, shape), minlength=prod(shape)).reshape(shape)


def _at_risk(turns: Turns, minute: Ints, stratum: Ints, chosen: Bools) -> Ints:
    """Each session once a minute: turns stand in order, so that the first one of a minute differs from the one before."""
    at = np.flatnonzero(chosen)
    session, when = turns.session[at], minute[at]
    fresh = np.ones(at.size, dtype=np.bool_)
    fresh[1:] = (session[1:] != session[:-1]) | (when[1:] != when[:-1])
    once = np.zeros(chosen.size, dtype=np.bool_)
    once[at[fresh]] = True
    return _cells(stratum, turns.canary.astype(np.int64), minute, once)


def _units(
    turns: Turns, minute: Ints, stratum: Ints, measured: Bools, at_risk: Ints, newly_bad: Ints
) -> tuple[dict[int, tuple[ArmUnits, ArmUnits]], ...]:
    latencies: dict[tuple[int, int, int], list[float]] = {}
    scores: dict[tuple[int, int, int], list[float]] = {}
    at = np.flatnonzero(measured)
    at = at[np.argsort(turns.finished_s[at], kind="stable")]
    columns = (stratum, turns.canary.astype(np.int64), minute, turns.ok, turns.latency_ms, turns.score)
    for of_stratum, of_arm, of_minute, ok, latency_ms, score in zip(*(column[at].tolist() for column in columns), strict=True):
        key = of_stratum, of_arm, of_minute
        if ok:
            latencies.setdefault(key, []).append(latency_ms)
        if score == score:
            scores.setdefault(key, []).append(score)

    def arm_units(of_stratum: int, of_arm: int, of_minute: int) -> ArmUnits:
        key = of_stratum, of_arm, of_minute
        values = np.array(latencies.get(key, []))
        made = LogHistogram()
        for value in values.tolist():
            made.add(value)
        ones = np.ones(values.size, dtype=np.int64)
        return ArmUnits(int(at_risk[key]), int(newly_bad[key]), made, values, ones, tuple(scores.get(key, ())))

    seen = _cells(stratum, turns.canary.astype(np.int64), minute, (minute >= 0) & (stratum >= 0)).sum(axis=1)
    return tuple(
        {each: (arm_units(each, 0, of_minute), arm_units(each, CANARY, of_minute)) for each in (0, 1) if seen[each, of_minute]}
        for of_minute in range(MINUTES)
    )


def _requests(turns: Turns, minute: Ints, arm: Ints) -> Requests:
    """Every finished request of a baking time, whosever it is."""
    place = (2, MINUTES)
    seen = minute >= 0
    arm, minute, ok = arm[seen], minute[seen], turns.ok[seen]
    bucket = np.ceil(np.log(turns.latency_ms[seen]) / _GRID).astype(np.int64)
    size = int(bucket.max(initial=0)) + 1
    score = turns.score[seen]
    scored = ~np.isnan(score)
    where = np.ravel_multi_index((arm[scored], minute[scored]), place)
    sums = np.bincount(where, score[scored], minlength=2 * MINUTES).reshape(place)
    return Requests(
        count=_tallied(place, arm, minute),
        failed=_tallied(place, arm[~ok], minute[~ok]),
        latency_values_ms=np.exp(_GRID * np.arange(size)),
        latency_counts=_tallied((*place, size), arm[ok], minute[ok], bucket[ok]),
        score_count=_tallied(place, arm[scored], minute[scored]),
        score_sum=sums,
    )
