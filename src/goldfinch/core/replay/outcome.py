"""What a replay came to: what the controller would have done, when, why, and where the recorded course was another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goldfinch.core.errors import ExitCode
from goldfinch.core.rollout.describing import countdown
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Decision
from goldfinch.core.rollout.state import Phase, RolloutState, StepPhase

RECORDING = "the recording"
"""In whose name a replay goes on where the controller would not have."""


class Outcome(StrEnum):
    PROMOTED = "promoted"
    """By the controller itself, at every step."""
    ROLLED_BACK = "rolled_back"
    HELD = "held"
    UNDECIDED = "undecided"
    """The stream ends first."""


EXIT_CODES = {
    Outcome.PROMOTED: ExitCode.PASSED,
    Outcome.ROLLED_BACK: ExitCode.ROLLED_BACK,
    Outcome.HELD: ExitCode.INCONCLUSIVE,
    Outcome.UNDECIDED: ExitCode.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of the replayed controller, with the states before and after it."""

    decision: Decision
    before: RolloutState
    after: RolloutState


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How it ended. `at` is when that was decided, or when the stream ended."""

    outcome: Outcome
    at: datetime
    sentence: str
    differences: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """0 promoted, 5 rolled back, 3 everything else."""
        return EXIT_CODES[self.outcome]


def result(
    plan: RolloutPlan, decided: Sequence[Decided], state: RolloutState, ended_at: datetime, differences: Sequence[str]
) -> ReplayResult:
    """`state` is the last one; `ended_at` is when the stream, or the course that it can tell about, was over."""
    if back := next((step for step in decided if _begins(step, Phase.ROLLING_BACK)), None):
        where = _where(plan, back.before, back.decision.at)
        return _of(
            Outcome.ROLLED_BACK, back.decision.at, f"would have rolled back at {_time(back.decision.at)}, {where}", back, differences
        )
    if taken := next((step for step in decided if step.decision.by == RECORDING), None):
        return _not_alone(plan, taken, differences)
    if _is_at_100(state) and (up := next((step for step in reversed(decided) if _begins(step, Phase.PROMOTING)), None)):
        if not any(step.decision.assessment for step in decided[: decided.index(up) + 1]):
            unmeasured = "undecided: 100 % is served from the first step on, and nothing was compared before it"
            return ReplayResult(Outcome.UNDECIDED, ended_at, unmeasured, tuple(differences))
        words = f"would have promoted to 100 % at {_time(up.decision.at)}"
        return _of(Outcome.PROMOTED, up.decision.at, words, up, (*_unwatched(state, ended_at), *differences))
    if state.phase in (Phase.PAUSED, Phase.WAITING_PROMOTION):
        since = state.pause.since if state.pause is not None else state.entered_at or ended_at
        why = f" ({state.pause.reason})" if state.pause is not None else ""
        return ReplayResult(Outcome.HELD, since, f"would be held since {_time(since)}{why}: {state.reason}", tuple(differences))
    sentence = f"undecided: the stream ends at {_time(ended_at)}{_left(plan, state, ended_at)}"
    return ReplayResult(Outcome.UNDECIDED, ended_at, sentence, tuple(differences))


def _not_alone(plan: RolloutPlan, taken: Decided, differences: Sequence[str]) -> ReplayResult:
    """What came after the recording went on alone is not what this controller would have done."""
    at, before = taken.decision.at, taken.before
    weight = plan.steps[before.step].weight_percent
    sentence = f"would not have gone beyond step {before.step + 1} ({weight} %) at {_time(at)}, as the recorded course did: {before.reason}"
    return ReplayResult(Outcome.HELD, at, sentence, tuple(differences))


def _of(outcome: Outcome, at: datetime, words: str, step: Decided, differences: Sequence[str]) -> ReplayResult:
    assessment = step.decision.assessment
    return ReplayResult(outcome, at, f"{words}: {assessment.reason if assessment else step.decision.reason}", tuple(differences))


def _begins(step: Decided, phase: Phase) -> bool:
    return step.after.phase is phase and step.before.phase is not phase


def _is_at_100(state: RolloutState) -> bool:
    held = state.pause.back_to if state.pause is not None else state.phase
    return held in (Phase.PROMOTING, Phase.POST_PROMOTION_ANALYSIS, Phase.FINALISING, Phase.SUCCEEDED) and state.phase is not Phase.PAUSED


def _where(plan: RolloutPlan, state: RolloutState, at: datetime) -> str:
    weight = plan.steps[state.step].weight_percent
    if state.phase is not Phase.PROGRESSING or state.entered_at is None or state.part is not StepPhase.BAKING:
        return f"at {weight} %"
    return f"{countdown(at - state.entered_at)} into step {state.step + 1} ({weight} %)"


def _left(plan: RolloutPlan, state: RolloutState, ended_at: datetime) -> str:
    weight = plan.steps[state.step].weight_percent
    if state.part is not StepPhase.BAKING or state.deadline is None:
        return f", before step {state.step + 1} ({weight} %) has begun to be watched"
    if state.deadline <= ended_at:
        return f", before the watch over step {state.step + 1} ({weight} %) was measured to its end"
    return f", {countdown(state.deadline - ended_at)} before the watch over step {state.step + 1} ({weight} %) is over"


def _unwatched(state: RolloutState, ended_at: datetime) -> tuple[str, ...]:
    if state.phase in (Phase.FINALISING, Phase.SUCCEEDED):
        return ()
    return (f"the stream ends at {_time(ended_at)}, before 100 % was watched with the old release warm",)


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")
