"""What a note adds to the counts of its session's stratum: each thing once, when it becomes known."""

from __future__ import annotations

from math import isfinite

from goldfinch.core.health.cohort_session import CohortSession
from goldfinch.core.health.cohort_tally import ArmTally, MeteredMetrics
from goldfinch.core.health.events import PROBE_SCORE, PROBE_SESSION, TurnNote

_LISTED = 20


class Breaches:
    """Of safety, by the canary, in one interval: the first ones in words, and how many more."""

    __slots__ = ("_listed", "_many")

    def __init__(self) -> None:
        self._listed: list[str] = []
        self._many = 0

    def add(self, words: str) -> None:
        self._many += 1
        if self._many <= _LISTED:
            self._listed.append(words)

    def listed(self) -> tuple[str, ...]:
        more = self._many - len(self._listed)
        return (*self._listed, f"and {more:,} more") if more else tuple(self._listed)


def count_note(note: TurnNote, session: CohortSession, tally: ArmTally, metered: MeteredMetrics, *, at_risk: bool, probes: bool) -> None:
    """`at_risk`: the session is a unit of the open interval already; `probes`: every session is a probe's, and counts like any other."""
    is_probe = PROBE_SESSION in session.measured
    if not is_probe:
        _turn_bad(note, session, tally, metered, at_risk=at_risk)
    for at, metric in enumerate(metered.scores):
        gives = (is_probe or probes) if metric.name == PROBE_SCORE else not is_probe
        if not gives or metric.name in session.measured:
            continue
        if metric.cap is None:
            _score(note, session, tally, at, metric.name)
        else:
            _amount(note, session, tally, at, metric.name)


def _turn_bad(note: TurnNote, session: CohortSession, tally: ArmTally, metered: MeteredMetrics, *, at_risk: bool) -> None:
    """A session whose requests were all of earlier intervals is a unit of this one where, and only where, it turns bad."""
    for at, metric in enumerate(metered.counts):
        if metric.flag and metric.flag in note.flags and metric.name not in session.bad:
            session.bad |= {metric.name}
            tally.newly_bad[at] += 1
            tally.late_units[at] += not at_risk


def _score(note: TurnNote, session: CohortSession, tally: ArmTally, at: int, name: str) -> None:
    if not note.scores or name not in note.scores:
        return
    session.measured |= {name}
    value = note.scores[name]
    tally.judged[at] += 1
    if value is not None and 0 <= value <= 1:
        tally.scores[at].append(value)
    else:
        tally.judge_failures[at] += 1


def _amount(note: TurnNote, session: CohortSession, tally: ArmTally, at: int, name: str) -> None:
    value = note.amounts.get(name) if note.amounts else None
    if value is not None and value >= 0 and isfinite(value):
        session.measured |= {name}
        tally.judged[at] += 1
        tally.scores[at].append(value)
