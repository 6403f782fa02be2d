"""Rollouts as they are shown, at a moment of one's choice: for tests of whatever renders them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from goldfinch.core.health.outcome import Assessment, Call, Measured, MetricCheck, MetricState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.diff import Difference
from goldfinch.core.releases.release import ComponentKind
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.showing import LiveFacts, overview
from goldfinch.core.rollout.state import Phase, RolloutState, StepPhase

NOW = datetime(2026, 3, 1, 14, 12, 30, tzinfo=UTC)
BEGUN = NOW - timedelta(minutes=12, seconds=30)
BAKING = RolloutState(
    phase=Phase.PROGRESSING,
    step=0,
    part=StepPhase.BAKING,
    weight_percent=10,
    verified_weight_percent=10,
    entered_at=BEGUN,
    deadline=BEGUN + timedelta(minutes=30),
    reason="10 % is verified and warm",
)
HOSTILE = "\x1b[31mred\x1b[0m\x07 [bold]\u202e"


def rollout_row(state: RolloutState = BAKING, *, plan: RolloutPlan | None = None, **more: Any) -> Rollout:
    """A row of the store."""
    given = {"stable": "rel_old", "created_by": "anna", **more}
    return Rollout(
        id="ro_1",
        service="shop",
        environment="production",
        canary="rel_new",
        plan=plan or RolloutPlan(),
        state=state,
        created_at=BEGUN,
        **given,
    )


def metric_check(
    metric: str = "error_rate", *, state: MetricState = MetricState.OK, canary: float = 0.012, units: int = 212
) -> MetricCheck:
    return MetricCheck(
        metric=metric,
        state=state,
        canary=Measured(canary, units, 2),
        stable=Measured(0.01, 1900, 19),
        ratio=canary / 0.01,
        log_e=0.4,
        log_threshold=5.7,
        guard=1.05,
        guard_holds=True,
        needed=500,
        reason=f"{metric}: canary 2 of {units} sessions, stable 19 of 1,900",
    )


def checked(minute: int, *, canary: float = 0.012, state: MetricState = MetricState.OK, call: Call = Call.WAIT) -> Decision:
    """A check that changed nothing."""
    at = BEGUN + timedelta(minutes=minute)
    checks = (metric_check(state=state, canary=canary), metric_check("p95_latency", canary=812.0))
    assessment = Assessment(at, call, "no breach, too few sessions to pass", checks, missing=("error_rate: 212 of 500 canary sessions",))
    return Decision(at, "Progressing(step 1: Baking)", "Progressing(step 1: Baking)", "no breach", assessment=assessment)


def moved(minute: int, before: str, after: str, reason: str = "because", by: str = "controller") -> Decision:
    return Decision(BEGUN + timedelta(minutes=minute), before, after, reason, by, commands=("canary's share to 10 %",))


DECISIONS = (
    moved(-2, "Pending", "Initializing", "the place is free"),
    moved(0, "Progressing(step 1: WarmingUp)", "Progressing(step 1: Baking)", "10 % is verified and warm"),
    *(checked(minute, canary=0.002 * minute) for minute in range(1, 9)),
)


def shown_overview(state: RolloutState = BAKING, *, decisions: tuple[Decision, ...] = DECISIONS, **changes: Any) -> RolloutOverview:
    """Everything that a screen has to show, with texts that try to command it where `hostile` is asked for."""
    approval = Approval("a", "rel_new", "production", "", True, "grace", BEGUN, NOW + timedelta(days=1), "read the diff")
    found = (
        Difference(ComponentKind.PROMPTS, "prompt support.md: 3 lines changed"),
        Difference(ComponentKind.CODE, "code: 12 files"),
    )
    whole = overview(
        rollout_row(state),
        NOW,
        decisions=decisions,
        differences=found,
        approvals=(approval,),
        live=LiveFacts(41, 3, NOW - timedelta(days=12), 10),
    )
    return replace(whole, **changes)
