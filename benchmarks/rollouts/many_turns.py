"""Sessions of several turns, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan, log

import numpy as np
import numpy.typing as npt

from benchmarks.rollouts.course import BEGINS, STAGE_MINUTES, STEPS, WARM_UP_S, Floats, Ints
from benchmarks.rollouts.traffic import LATENCY_MEDIAN_MS, LATENCY_SIGMA, Sessions, Traffic
from goldfinch.core.health.events import SessionEvent
from goldfinch.core.health.metrics import Arm

Bools = npt.NDArray[np.bool_]

STAGE_S = WARM_UP_S + 60.0 * STAGE_MINUTES
WHOLE_S = 2 * STAGE_S
_THINKS_S = 20.0
_LONGEST_MS = 120_000.0
_MOST_TURNS = 200


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
    turns = Turns(session, turn, on_canary, finished, latency, np.ones(turn.size, dtype=np.bool_), np.full(turn.size, np.nan))
    turns = replace(turns, ok=~_fails(random, traffic, turns))
    turns = replace(turns, score=_scores(random, traffic, turns))
    kept = finished < WHOLE_S
    if traffic.sessions is Sessions.ENDED_BY_FAILURE:
        kept &= turn <= first_failed_turn(turns)[session]
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


def _fails(random: np.random.Generator, traffic: Traffic, turns: Turns) -> Bools:
    """Which turns fail; the rate of the traffic is that of sessions, whatever their turns share of it."""
    rates = [traffic.rates(arm, turns.finished_s / 60, WHOLE_S / 60) for arm in (0, 1)]
    rate = np.where(turns.canary, rates[1], rates[0])
    if traffic.sessions is Sessions.TEN_TURNS:
        first = np.flatnonzero(turns.turn == 1)
        broken: Bools = random.random(first.size) < rate[first]
        return broken[turns.session]
    if traffic.sessions is Sessions.ANY_LENGTH:
        rate = rate / 4 * random.gamma(0.5, 2.0, int(turns.session[-1]) + 1)[turns.session]
    else:
        rate = 1 - (1 - rate) ** (1 / 10)
    fails: Bools = random.random(turns.session.size) < rate
    return fails


def _scores(random: np.random.Generator, traffic: Traffic, turns: Turns) -> Floats:
    """Of the answers that a judge was given; a failed one has none."""
    scores = np.full(turns.turn.size, np.nan)
    judged = turns.ok & (random.random(turns.turn.size) < np.where(turns.canary, traffic.canary_scored, traffic.stable_scored))
    for arm, of_arm in enumerate((judged & ~turns.canary, judged & turns.canary)):
        scores[of_arm] = random.beta(*traffic.score_shape(arm), int(of_arm.sum()))
    return scores


def first_failed_turn(turns: Turns) -> Ints:
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
            score=None if isnan(score) else score,
        )
