"""Health checks: when one is due, what it reads, what comes of it. The plan cuts the intervals, not when a controller happened to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.core.health.check import assess, begin, could_not_read, take, thresholds_ms, watched_anew
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.failures import ImpossibleMeasurement
from goldfinch.core.health.interval import Interval, Unreadable
from goldfinch.core.health.outcome import Assessment
from goldfinch.core.health.state import HealthState
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import PauseReason, Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.operations.roll_out.acting import why
from goldfinch.operations.roll_out.measured import Measured
from goldfinch.operations.roll_out.time_limit import within
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.ports.evidence_source import EvidenceSource, Question, Reading

_IN_DOUBT: Final = frozenset(
    {PauseReason.METRICS_UNAVAILABLE, PauseReason.BASELINE_DEGRADED, PauseReason.ROUTE_DRIFT, PauseReason.SAMPLE_RATIO_MISMATCH}
)
"""Holds in which the two arms cannot be compared: what is measured then is no evidence."""
_AT_100: Final = frozenset({Phase.PROMOTING, Phase.POST_PROMOTION_ANALYSIS})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check adds to the row; without a check, what the row has."""

    health: Mapping[str, Any]
    cursor: str
    assessment: Assessment | None = None
    measured_until: datetime | None = None
    next_at: datetime | None = None
    """When the next check is due; None: none is."""
    sessions: tuple[SessionState, ...] = ()
    forgotten: tuple[str, ...] = ()


def next_check(rollout: Rollout) -> datetime | None:
    """Every `check_every` from the beginning of a watch on, and once at its end; None where nothing is watched."""
    state = rollout.state
    if not _is_watched(state) or state.entered_at is None:
        return None
    last = max(state.entered_at, Measured.read(rollout.cursor).checked_until or state.entered_at)
    due = last + rollout.plan.health.check_every
    ends = state.deadline if state.phase is not Phase.PAUSED else None
    return min(due, ends) if ends is not None and ends > last else due


async def check(rollout: Rollout, now: datetime, source: EvidenceSource, tools: Tools, *, canary_unhealthy: bool) -> Checked:
    """Make the check that is due, one at a time: a controller that was away makes up for each, against the thresholds it had then."""
    due = next_check(rollout)
    measured = Measured.read(rollout.cursor)
    if due is None or now < due:
        return Checked(rollout.health, rollout.cursor, measured_until=measured.until_in(rollout.state), next_at=due)
    before = watched_anew(_health(rollout)) if _begins_a_watch(rollout.state, measured) else _health(rollout)
    reading = await _read(rollout, due, before, source, tools)
    taken = reading if isinstance(reading, str) else _taken(rollout, before, reading)
    if isinstance(taken, str) or isinstance(reading, str):
        health = could_not_read(before, Unreadable(now, str(taken)))
        reading, at, measured = Reading((), measured.cursor), now, replace(measured, checked_until=now)
    else:
        health, at, measured = taken, due, Measured(due, due, reading.cursor)
    after = replace(rollout, cursor=measured.write())
    return Checked(
        health=health.to_state(),
        cursor=after.cursor,
        assessment=_assessed(rollout, health, at, canary_unhealthy=canary_unhealthy),
        measured_until=measured.until_in(rollout.state),
        next_at=next_check(after),
        sessions=reading.sessions,
        forgotten=reading.forgotten,
    )


def _begins_a_watch(state: RolloutState, measured: Measured) -> bool:
    """The first check of a bake, also of one that goes on after a hold; a hold itself keeps counting, or it would end by itself."""
    is_first = measured.checked_until is None or state.entered_at is None or measured.checked_until <= state.entered_at
    return is_first and state.phase is not Phase.PAUSED


def _assessed(rollout: Rollout, health: HealthState, at: datetime, *, canary_unhealthy: bool) -> Assessment:
    state = rollout.state
    rules = rollout.plan.health
    return assess(rules, health, now=at, step=state.step, after_promotion=_is_at_100(state), canary_unhealthy=canary_unhealthy)


def _taken(rollout: Rollout, before: HealthState, reading: Reading) -> HealthState | str:
    """The health with what was read; in words, why it cannot be: a source that says what cannot be has said nothing."""
    health = before
    try:
        for interval in reading.intervals:
            health = take(rollout.plan.health, health, _comparable(rollout.state, interval))
    except ImpossibleMeasurement as error:
        return why(error)
    return health


async def _read(rollout: Rollout, until: datetime, health: HealthState, source: EvidenceSource, tools: Tools) -> Reading | str:
    """What was measured; in words, why nothing was."""
    state = rollout.state
    assert state.entered_at is not None  # nosec B101 - a check is due only in a state with a beginning
    thresholds = thresholds_ms(rollout.plan.health, health)
    cursor, share = Measured.read(rollout.cursor).cursor, state.weight_percent / 100
    question = Question(rollout.id, cursor, state.step, state.entered_at, share, until, thresholds, not _is_in_doubt(state))
    try:
        return await within(tools.clock, tools.pace.read_s, source.read(question, tools.store.sessions(rollout.id)))
    except (StoreUnavailable, StoreDamaged):
        raise  # the saved sessions are read from the store while the source counts
    except Exception as error:  # noqa: BLE001 - whatever a source raises is a measurement that is missing
        return why(error)


def _health(rollout: Rollout) -> HealthState:
    if rollout.health:
        return HealthState.from_state(rollout.health)
    return begin(rollout.plan.health, steps=rollout.plan.steps, first_release=rollout.stable is None)


def _is_watched(state: RolloutState) -> bool:
    if state.phase is Phase.PROGRESSING:
        return state.part is StepPhase.BAKING
    if state.phase is Phase.PAUSED:
        return state.weight_percent > 0 and state.verified_weight_percent == state.weight_percent
    drains = state.phase is Phase.PROMOTING and state.part is RollbackPhase.DRAINING
    return drains or state.phase in (Phase.WAITING_PROMOTION, Phase.POST_PROMOTION_ANALYSIS)


def _is_at_100(state: RolloutState) -> bool:
    return state.phase in _AT_100 or (state.pause is not None and state.pause.back_to in _AT_100)


def _comparable(state: RolloutState, interval: Interval) -> Interval:
    """While the comparison is in doubt, only traffic and safety are seen: a person's hold is watched like a bake.

    While somebody else sets the shares, who came to which arm says nothing of ours: neither silence nor the sample ratio counts it.
    """
    if not _is_in_doubt(state):
        return interval
    if state.pause is not None and state.pause.reason is PauseReason.ROUTE_DRIFT:
        return replace(interval, strata=(), canary_sessions=0, stable_sessions=0)
    return replace(interval, strata=())


def _is_in_doubt(state: RolloutState) -> bool:
    return state.pause is not None and state.pause.reason in _IN_DOUBT
