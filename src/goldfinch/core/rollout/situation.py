"""One pass as every phase sees it: the plan, the state so far, what was seen, and the plain questions about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from goldfinch.core.rollout.commands import Notify, Urgency
from goldfinch.core.rollout.evidence import Evidence, TargetView
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, Completion, Phase, RolloutState


@dataclass(frozen=True, slots=True)
class Arms:
    """Ids of the two releases; `stable` None: a first release."""

    canary: str
    stable: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """What a phase decided: the state from now on, and whom to tell."""

    state: RolloutState
    notices: tuple[Notify, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    plan: RolloutPlan
    state: RolloutState
    seen: Evidence
    now: datetime
    arms: Arms

    @property
    def canary_serves(self) -> bool:
        return _serves(self.seen.canary)

    @property
    def canary_is_dead(self) -> bool:
        return _is_dead(self.seen.canary)

    @property
    def stable_serves(self) -> bool:
        return _serves(self.seen.stable)

    @property
    def stable_is_dead(self) -> bool:
        return self.arms.stable is not None and _is_dead(self.seen.stable)

    @property
    def served_percent(self) -> int | None:
        """What the router was seen to serve in this pass; None: not seen."""
        return None if self.seen.router is None else self.seen.router.canary_percent

    @property
    def has_traffic(self) -> bool:
        """Whether any of it may be on the canary: asked for, verified once, or seen now.

        Before its turn a rollout does not look at the router: what that serves may be another rollout's.
        """
        return self.has_moved or (bool(self.served_percent) and self.phase not in BEFORE_TRAFFIC)

    @property
    def phase(self) -> Phase:
        """Where it stands; of a rollout that is held, what it goes back to."""
        pause = self.state.pause
        return pause.back_to if self.state.phase is Phase.PAUSED and pause is not None else self.state.phase

    @property
    def has_moved(self) -> bool:
        """Whether this rollout has asked for any traffic, whatever the router shows."""
        return bool(self.state.weight_percent or self.state.verified_weight_percent)

    @property
    def last_step(self) -> int:
        return len(self.plan.steps) - 1

    @property
    def step(self) -> Step:
        return self.plan.steps[self.state.step]

    @property
    def needs_approval(self) -> bool:
        """A first release is approved by a person: there is nothing that it could be compared with."""
        return self.plan.approval or self.arms.stable is None

    @property
    def first_step(self) -> int:
        skips = self.arms.stable is None or self.state.completion is Completion.FAST_PROMOTED
        return self.last_step if skips else 0

    @property
    def is_past_deadline(self) -> bool:
        return self.state.deadline is not None and self.now >= self.state.deadline

    @property
    def ahead(self) -> timedelta:
        """How far measurements are ahead of a clock that was put back: a watch ends no sooner for it."""
        until = self.seen.measured_until
        return timedelta(0) if until is None else max(until - self.now, timedelta(0))

    def stay(self) -> Move:
        return Move(self.state)

    def enter(self, phase: Phase, reason: str, *, part: Any = None, within: timedelta | None = None, **changes: Any) -> RolloutState:
        """Another phase or part, from now on; `within` sets its deadline. What is not named stays."""
        deadline = None if within is None else self.now + within
        changes = {"attempts": 0, **changes}
        return replace(self.state, phase=phase, part=part, entered_at=self.now, deadline=deadline, reason=reason, **changes)


def _serves(view: TargetView | None) -> bool:
    return view is not None and view.running and view.ready and view.healthy


def _is_dead(view: TargetView | None) -> bool:
    """Seen, and gone or failing every probe: not merely slow to get ready."""
    return view is not None and not (view.running and view.healthy)


def page(text: str) -> Notify:
    """Somebody has to look now."""
    return Notify(Urgency.PAGE, text)


def tell(text: str) -> Notify:
    """Somebody may want to know."""
    return Notify(Urgency.TELL, text)
