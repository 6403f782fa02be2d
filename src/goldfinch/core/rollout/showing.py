"""A row and its history, turned into what a person is shown: one value for the terminal, the page and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from goldfinch.core.errors import ExitCode
from goldfinch.core.health.failures import HealthStateUnreadable
from goldfinch.core.health.state import HealthState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.diff import Difference
from goldfinch.core.rollout.blindness import blind_to
from goldfinch.core.rollout.describing import describe, next_of, title
from goldfinch.core.rollout.overview import MetricPoint, MetricSeries, RolloutOverview
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase

POINTS: Final = 60
"""Checks of a metric that are kept for its line."""
_CODES: Final = {
    Phase.SUCCEEDED: ExitCode.PASSED,
    Phase.ROLLED_BACK: ExitCode.ROLLED_BACK,
    Phase.ROLLBACK_FAILED: ExitCode.ROLLBACK_FAILED,
    Phase.FAILED: ExitCode.GATE_FAILED,
}
_NOT_MIGRATED: Final = frozenset({str(Phase.FAILED), str(Phase.CANCELLED), str(Phase.SUPERSEDED)})


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What is not in the row: how the data plane stands, and when the way back was last rehearsed. None: nobody knows."""

    pinned_canary_sessions: int | None = None
    canary_in_flight: int | None = None
    last_drill: datetime | None = None
    served_percent: int | None = None


def overview(
    rollout: Rollout,
    now: datetime,
    *,
    decisions: tuple[Decision, ...],
    differences: tuple[Difference, ...] = (),
    approvals: tuple[Approval, ...] = (),
    live: LiveFacts | None = None,
) -> RolloutOverview:
    """`decisions` are all of them, oldest first."""
    live = live or LiveFacts()
    next_action, next_at = next_of(rollout.plan, rollout.state, now)
    assessed = [decision for decision in decisions if decision.assessment is not None]
    return RolloutOverview(
        rollout=rollout,
        now=now,
        title=title(rollout.plan, rollout.state),
        line=describe(rollout.plan, rollout.state, canary=rollout.canary, now=now),
        next_action=next_action,
        next_at=next_at,
        assessment=assessed[-1].assessment if assessed else None,
        series=tuple(series(assessed[-POINTS:])),
        decisions=tuple(decision for decision in decisions if is_change(decision)),
        differences=differences,
        approvals=approvals,
        pinned_canary_sessions=live.pinned_canary_sessions,
        canary_in_flight=live.canary_in_flight,
        unpinned=_unpinned(rollout),
        blind_to=blind_to(rollout),
        rollback_command=rollback_command(rollout),
        last_drill=live.last_drill,
        exit_code=int(exit_code(rollout)),
        served_percent=live.served_percent,
        migrations=migrations(rollout, decisions),
    )


def exit_code(rollout: Rollout) -> ExitCode:
    """0 succeeded, 5 rolled back, 6 rollback failed, 1 failed before any traffic; 3 for everything that is undecided or was given up."""
    return _CODES.get(rollout.state.phase, ExitCode.INCONCLUSIVE)


def is_change(decision: Decision) -> bool:
    """Whether it is more than a check that left everything as it was."""
    return decision.from_phase != decision.to_phase or decision.assessment is None or decision.by != "controller"


def series(assessed: Iterable[Decision]) -> Iterable[MetricSeries]:
    """A line for each metric, of the checks that measured it."""
    lines: dict[str, list[MetricPoint]] = {}
    for decision in assessed:
        for check in decision.assessment.checks if decision.assessment else ():
            at = decision.assessment.at if decision.assessment else decision.at
            lines.setdefault(check.metric, []).append(MetricPoint(at, check.canary.value, check.stable.value))
    return (MetricSeries(metric, tuple(points)) for metric, points in lines.items())


def rollback_command(rollout: Rollout) -> str:
    """Exactly what to type to get the stable release back; empty where there is nothing to go back from, or to."""
    if rollout.state.phase in TERMINAL - {Phase.SUCCEEDED}:
        return ""
    if rollout.state.phase is Phase.SUCCEEDED:
        return (
            "" if rollout.stable is None else f"goldfinch rollback --to {rollout.stable} --environment {rollout.environment} --reason WHY"
        )
    why = "" if rollout.state.phase in BEFORE_TRAFFIC else " --reason WHY"
    return f"goldfinch rollout abort {rollout.id}{why}"


def migrations(rollout: Rollout, decisions: Iterable[Decision]) -> str:
    """How the expand-only migrations stand, from the plan and the way that the rollout went."""
    if not rollout.plan.migrations:
        return "none planned"
    if rollout.state.phase is Phase.MIGRATING:
        return "expand-only migrations run now"
    if any(decision.from_phase == Phase.MIGRATING and decision.to_phase not in _NOT_MIGRATED for decision in decisions):
        return "expanded; they stay so, also after a rollback"
    return "planned, not run"


def _unpinned(rollout: Rollout) -> int:
    try:
        return HealthState.from_state(rollout.health).unpinned if rollout.health else 0
    except HealthStateUnreadable:
        return 0
