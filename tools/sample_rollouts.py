"""Rollouts as the page shows them, made without a controller: for its screenshots and its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import log
from random import Random

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.outcome import Assessment, Call, Measured, MetricCheck, MetricState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.diff import Difference
from goldfinch.core.releases.release import ComponentKind
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.showing import LiveFacts, overview
from goldfinch.core.rollout.state import Completion, Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.testing.rollout_store import InMemoryRolloutStore

CANARY, STABLE = "rel_b3f09c41d7a2e865", "rel_5a17c02e9f4d8b30"
_BEGAN = timedelta(minutes=52)
_LIMIT = log(3 / 0.01)
_PROMPT_LINES = (
    "--- retention_offer.md (before)",
    "+++ retention_offer.md (after)",
    "@@ -4,3 +4,4 @@",
    " You write offers for customers who are about to leave.",
    "-Offer a discount of at most 20 %.",
    "+Offer a discount of at most 15 %, and name the date on which it ends.",
    "+Never promise what the catalogue does not list.",
    " Keep it under 90 words.",
)
DIFFERENCES = (
    Difference(ComponentKind.PROMPTS, "prompt retention_offer.md: 2 lines changed", _PROMPT_LINES),
    Difference(ComponentKind.MODEL, "model: gpt-4.1-mini -> gpt-4.1, temperature 0.2 -> 0.4"),
    Difference(ComponentKind.TOOLS, "tool segment_customers: changed"),
    Difference(ComponentKind.CODE, "code: 12 files (1 added)"),
)


@dataclass
class Samples:
    """A store of rollouts, and what is known beside it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    store: InMemoryRolloutStore = field(default_factory=InMemoryRolloutStore)
    differences: dict[str, tuple[Difference, ...]] = field(default_factory=dict)

    def overview(self, rollout_id: str, now: datetime | None = None) -> RolloutOverview:
        """As `operations/show_rollout.py` reads it from a store and a ledger."""
        rollout = self.store.get(rollout_id)
        live = LiveFacts(1_284, 37, self.now - timedelta(days=3)) if rollout.state.weight_percent else LiveFacts()
        return overview(
            rollout,
            now or datetime.now(UTC),
            decisions=self.store.decisions(rollout_id),
            differences=self.differences.get(rollout_id, ()),
            approvals=self.store.approvals(rollout.canary, rollout.environment),
            live=live,
        )

    def add(self, rollout: Rollout, decisions: tuple[Decision, ...] = (), differences: tuple[Difference, ...] = ()) -> Rollout:
        """Keep a rollout as it is, whatever it would have come to."""
        self.store.rows[rollout.id] = rollout
        self.store.made[rollout.id], self.store.asked[rollout.id], self.store.seen[rollout.id] = list(decisions), {}, {}
        self.store.fences[rollout.id] = 0
        self.differences[rollout.id] = differences
        return rollout


def samples(now: datetime | None = None) -> Samples:
    """One that is watched at 50 %, one that was rolled back, one that succeeded, one that waits for a person."""
    found = Samples(now or datetime.now(UTC))
    now = found.now
    found.add(_succeeded(now))
    found.add(_rolled_back(now), tuple(_way_back(now)), DIFFERENCES[:2])
    found.add(_waiting(now), differences=DIFFERENCES[2:])
    found.add(_baking(now), (*_way_to_50(now), *_checks(now)), DIFFERENCES)
    approval = Approval("ask_1", CANARY, "production", "", True, "Grace Hopper", now - _BEGAN, now + timedelta(hours=23), "read the diff")
    found.store.approve(approval, AuditDraft(now, "Grace Hopper", "approval.grant", "rollout:ro_20261124T140200Z_5be1c0aa"))
    return found


def _baking(now: datetime) -> Rollout:
    state = RolloutState(
        Phase.PROGRESSING,
        1,
        StepPhase.BAKING,
        50,
        50,
        entered_at=now - timedelta(minutes=17, seconds=20),
        deadline=now + timedelta(minutes=12, seconds=40),
        reason="50 % was verified by the proxy, and the warm-up is over",
    )
    plan = RolloutPlan(approval=True)
    return _rollout("ro_20261124T140200Z_5be1c0aa", "production", plan, state, now - _BEGAN)


def _rolled_back(now: datetime) -> Rollout:
    why = "error_rate: 31 of 212 canary sessions (14.6 %) against 9 of 1,904 (0.5 %): E = 4.1e+06, limit 300"
    state = RolloutState(
        Phase.ROLLED_BACK, 0, None, 0, 0, entered_at=now - timedelta(hours=5), reason="weight 0 verified, the canary is stopped",
        trigger="error_rate", completion=Completion.ABORTED, cause=why,
    )  # fmt: skip
    rollout = _rollout("ro_20261124T093000Z_c41f77d0", "production", RolloutPlan(), state, now - timedelta(hours=6))
    return replace(rollout, canary="rel_91d2ee07b64c5a1f")


def _succeeded(now: datetime) -> Rollout:
    state = RolloutState(
        Phase.SUCCEEDED, 2, None, 100, 100, entered_at=now - timedelta(days=1), reason="the canary is the stable release now",
        completion=Completion.PROMOTED,
    )  # fmt: skip
    rollout = _rollout("ro_20261123T081500Z_0d9ab3f2", "production", RolloutPlan(), state, now - timedelta(days=1, hours=2))
    return replace(rollout, canary=STABLE, stable="rel_0e66b18fa93d2c74")


def _waiting(now: datetime) -> Rollout:
    state = RolloutState(
        Phase.WAITING_APPROVAL, entered_at=now - timedelta(minutes=4), deadline=now + timedelta(hours=23),
        reason="the smoke test passed: 6 of 6 sessions",
    )  # fmt: skip
    return _rollout("ro_20261124T144800Z_77e20b19", "staging", RolloutPlan(approval=True), state, now - timedelta(minutes=9))


def _rollout(name: str, environment: str, plan: RolloutPlan, state: RolloutState, created_at: datetime) -> Rollout:
    return Rollout(name, "marketing-agent", environment, CANARY, STABLE, plan, state, created_at, "Ada Lovelace", observed_at=created_at)


def _way_to_50(now: datetime) -> Iterator[Decision]:
    went = (
        (52, "Pending", "Initializing", "the place is free"),
        (51, "Initializing", "Progressing(step 1 of 3: ScalingUp)", "the stable release serves; approved by Grace Hopper"),
        (50, "Progressing(step 1 of 3: ScalingUp)", "Progressing(step 1 of 3: Shifting)", "the canary is ready"),
        (49, "Progressing(step 1 of 3: WarmingUp)", "Progressing(step 1 of 3: Baking)", "10 % was verified by the proxy"),
        (19, "Progressing(step 1 of 3: Baking)", "Progressing(step 2 of 3: Shifting)", "every metric passed with 612 canary sessions"),
        (17, "Progressing(step 2 of 3: WarmingUp)", "Progressing(step 2 of 3: Baking)", "50 % was verified by the proxy"),
    )
    for minutes, old, new, reason in went:
        weight = ("set the canary's weight to 50 %",) if "Shifting" in new and minutes == 19 else ()
        yield Decision(now - timedelta(minutes=minutes), old, new, reason, commands=weight)


def _way_back(now: datetime) -> Iterator[Decision]:
    at = now - timedelta(hours=5, minutes=12)
    why = "error_rate: 31 of 212 canary sessions (14.6 %) against 9 of 1,904 (0.5 %): E = 4.1e+06, limit 300"
    yield Decision(at, "Progressing(step 1 of 3: Baking)", f"RollingBack({RollbackPhase.SHIFTING_BACK})", why, commands=("weight 0",))
    yield Decision(at + timedelta(seconds=1), f"RollingBack({RollbackPhase.SHIFTING_BACK})", "RollingBack(Draining)", "weight 0 verified")
    yield Decision(at + timedelta(minutes=2), "RollingBack(Draining)", "RolledBack", "the canary is stopped and denied")


def _checks(now: datetime) -> Iterator[Decision]:
    random = Random(7)
    baking = "Progressing(step 2 of 3: Baking)"
    for minute in range(46, -1, -1):
        seen = 46 - minute
        at = now - timedelta(minutes=minute, seconds=18)
        yield Decision(at, baking, baking, "a check", assessment=_assessment(at, 120 + 42 * seen, random, seen))


def _assessment(at: datetime, units: int, random: Random, seen: int) -> Assessment:
    errors = max(0, round(units * (0.006 + random.gauss(0, 0.001))))
    canary_p95, stable_p95 = 1_620 + random.gauss(0, 45) + 3 * seen, 1_540 + random.gauss(0, 25)
    scored = units // 9
    canary_score, stable_score = 0.842 + random.gauss(0, 0.012), 0.835 + random.gauss(0, 0.006)
    worse = "no evidence that it is worse; a rate five times as high would have shown"
    stable = Measured(0.0051, units + 211, round(units * 0.0051))
    checks = (
        MetricCheck("error_rate", MetricState.OK, Measured(errors / units, units, errors), stable,
                    errors / units / 0.0051, 0.4, _LIMIT, 1.05, True, 1_900, worse),
        MetricCheck("p95_latency", MetricState.OK, Measured(canary_p95, units), Measured(stable_p95, units + 211), canary_p95 / stable_p95,
                    1.9, _LIMIT, 1.30, False, 1_200, "within the guard of ×1.30", 1_540.0),
        MetricCheck("evaluation_score", MetricState.INSUFFICIENT, Measured(canary_score, scored), Measured(stable_score, scored + 31),
                    canary_score / stable_score, 0.0, _LIMIT, 0.90, False, 300, f"{scored} of 300 scored canary sessions"),
    )  # fmt: skip
    missing = (f"evaluation_score: {scored} of 300 canary sessions",)
    return Assessment(at, Call.WAIT, "no metric is worse; evaluation_score has seen too little to pass", checks, missing=missing)
