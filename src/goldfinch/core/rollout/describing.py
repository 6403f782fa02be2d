"""A rollout in words: what happens next and who has to do what, one sentence and one block for the screen and for messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from goldfinch.core.health.metrics import OnNoData
from goldfinch.core.health.outcome import HoldReason
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import TERMINAL, Pause, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase


@dataclass(frozen=True, slots=True)
class Status:
    """What a person reads first, then the block below it: label and value."""

    line: str
    rows: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        width = max(len(label) for label, _ in self.rows)
        return "\n".join((self.line, *(f"  {label:<{width}}  {value}" for label, value in self.rows)))


def title(plan: RolloutPlan, state: RolloutState) -> str:
    """Phase, step and part as they are shown everywhere: "Progressing(step 1 of 3: Baking)"."""
    if state.ending is not None:
        return f"{state.phase}(ending as {state.ending})"
    if state.phase is Phase.PAUSED and state.pause is not None:
        return f"{state.phase}({state.pause.reason})"
    if state.phase is Phase.PROGRESSING:
        return f"{state.phase}(step {state.step + 1} of {len(plan.steps)}: {state.part})"
    return f"{state.phase}({state.part})" if state.part is not None and state.phase not in TERMINAL else str(state.phase)


def describe(plan: RolloutPlan, state: RolloutState, *, canary: str, now: datetime) -> str:
    """One sentence: where it stands, what the canary gets since when, what is next and when."""
    since = f" since {clock(state.entered_at, now)}" if state.entered_at is not None else ""
    return f"{title(plan, state)} - {_traffic(state, canary)}{since}; {state.reason or 'just begun'}{_next_words(plan, state, now)}"


def status(plan: RolloutPlan, state: RolloutState, *, canary: str, stable: str | None, now: datetime) -> Status:
    """The block for the screen and for `explain`."""
    action, when = next_of(plan, state, now)
    verified = "not seen yet" if state.verified_weight_percent is None else f"{state.verified_weight_percent} %"
    rows = [
        ("canary", canary),
        ("stable", stable or "none: a first release"),
        ("weight", f"{state.weight_percent} % wanted, {verified} verified"),
        ("steps", _steps(plan, state)),
        ("why", state.reason or "just begun"),
        ("next", action if when is None else f"{action} ({clock(when, now)}, {countdown(when - now)})"),
    ]
    if plan.time_scale != 1.0:
        rows.append(("time", f"every duration divided by {plan.time_scale:g}"))
    return Status(describe(plan, state, canary=canary, now=now), tuple((label, value) for label, value in rows if value))


def _next_words(plan: RolloutPlan, state: RolloutState, now: datetime) -> str:
    action, when = next_of(plan, state, now)
    if not action:
        return ""
    return f"; next: {action}" if when is None else f"; next: {action} ({clock(when, now)})"


def _traffic(state: RolloutState, canary: str) -> str:
    if state.phase is Phase.SUCCEEDED:
        return f"100 % on {canary}"
    if not state.weight_percent and not state.verified_weight_percent:
        return f"no traffic on {canary}"
    if state.verified_weight_percent == state.weight_percent:
        return f"{state.weight_percent} % on {canary}"
    verified = "unverified" if state.verified_weight_percent is None else f"{state.verified_weight_percent} % verified"
    return f"{state.weight_percent} % asked for on {canary}, {verified}"


def _steps(plan: RolloutPlan, state: RolloutState) -> str:
    words = []
    for i, step in enumerate(plan.steps):
        mark = "done" if i < state.step else "now" if i == state.step and state.phase not in TERMINAL else ""
        words.append(f"{step.weight_percent} %" + (f" for {countdown(step.bake)}" if step.bake else "") + (f" ({mark})" if mark else ""))
    return ", ".join(words)


def clock(at: datetime, now: datetime) -> str:
    """ "14:02Z", with seconds where there are any, and with the date where it is another day than `now`'s."""
    day = "" if at.date() == now.date() else f"{at:%Y-%m-%d} "
    return day + at.strftime("%H:%M:%SZ" if at.second else "%H:%MZ")


def countdown(left: timedelta) -> str:
    """ "1h05m", "29m", "40s"; "overdue" for what is past."""
    seconds = round(left.total_seconds())
    if seconds < 0:
        return "overdue"
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds % 60:02d}s" if minutes and seconds % 60 else f"{minutes}m" if minutes else f"{seconds}s"


def next_of(plan: RolloutPlan, state: RolloutState, now: datetime) -> tuple[str, datetime | None]:
    """What happens next or who has to do what, and when a time ends it; ("", None) at the end."""
    if state.phase in TERMINAL:
        return "", None
    if state.ending is not None:
        return f"the canary is stopped, then it ends as {state.ending}, at the latest at", state.deadline
    if state.phase is Phase.PAUSED and state.pause is not None:
        return _next_of_hold(plan, state.pause, now)
    if state.phase is Phase.ROLLING_BACK and state.weight_percent:
        return "bring the stable release up; or `rollout retry` sends traffic back to it as it is", None
    if state.part is not None:
        return _next_of_part(plan, state), state.deadline
    return _ACTIONS[state.phase], state.deadline


def _next_of_part(plan: RolloutPlan, state: RolloutState) -> str:
    if state.phase is Phase.ROLLING_BACK:
        return _BACK[RollbackPhase(state.part or RollbackPhase.SHIFTING_BACK)]
    weight = plan.steps[state.step].weight_percent
    if state.part is RollbackPhase.DRAINING:
        return "100 % is watched with the old release warm, once sessions had their time to end"
    if state.part is not StepPhase.BAKING:
        return _STEP[StepPhase(state.part or StepPhase.SCALING_UP)].format(weight=weight)
    if plan.steps[state.step].wait_for_person:
        return "a person decides, if the measurements up to then pass"
    return f"{plan.steps[state.step + 1].weight_percent} % if the measurements up to then pass"


def _next_of_hold(plan: RolloutPlan, pause: Pause, now: datetime) -> tuple[str, datetime | None]:
    words = _HOLDS[pause.reason]
    if not ends_in_rollback(plan, pause):
        return words, None
    return f"{words}; else it is rolled back", now + max(plan.max_hold - pause.held, timedelta(0))


def ends_in_rollback(plan: RolloutPlan, pause: Pause) -> bool:
    """Whether a hold is limited: one for want of measurements or of a fair comparison is, a person's never."""
    if pause.hold is HoldReason.NO_TRAFFIC:
        return plan.health.on_no_data is OnNoData.ROLLBACK
    return pause.hold is not None or pause.reason is PauseReason.ROUTE_DRIFT


_STEP = {
    StepPhase.SCALING_UP: "{weight} % once the canary is ready, else it is given up",
    StepPhase.SHIFTING: "the router serves {weight} %, else the way is back",
    StepPhase.VERIFYING: "every proxy acknowledges {weight} %, else the way is back",
    StepPhase.WARMING_UP: "sessions count, and the bake at {weight} % begins",
}
_BACK = {
    RollbackPhase.SHIFTING_BACK: "the router serves weight 0, else somebody is paged",
    RollbackPhase.VERIFYING: "every proxy acknowledges weight 0, else somebody is paged",
    RollbackPhase.DRAINING: "sessions of the canary end; the canary is stopped at the latest",
    RollbackPhase.SCALING_DOWN: "the canary is stopped and denied, later by force",
}
_ACTIONS = {
    Phase.PENDING: "a controller takes it up once no rollout before it is under way",
    Phase.INITIALIZING: (
        "the canary is started once the stable release serves, or `rollout promote --full` says to start anyway; else it is given up"
    ),
    Phase.STAGING_DEPLOYING: "smoke test once the canary is ready, else it is given up",
    Phase.SMOKE_TESTING: "the smoke test ends, else it is given up",
    Phase.MIGRATING: "the expand-only migrations end, else it is given up",
    Phase.WAITING_APPROVAL: "somebody other than who asked approves: `rollout approve`, or rejects; else it is held",
    Phase.WAITING_PROMOTION: "a person decides: `rollout promote`, or `rollout abort`",
    Phase.POST_PROMOTION_ANALYSIS: "the canary becomes the stable release, if the measurements up to then pass",
    Phase.FINALISING: "the old release is stopped, later by force",
    Phase.PAUSED: "it goes on in the next pass",
    Phase.PROGRESSING: "it goes on in the next pass",
    Phase.PROMOTING: "it goes on in the next pass",
    Phase.ROLLING_BACK: "weight 0 is asked for in the next pass",
    Phase.ROLLBACK_FAILED: "weight 0 is tried again; set it by hand, or stop the canary; `rollout retry` tries at once",
}
_HOLDS = {
    PauseReason.CANARY_PAUSE_STEP: "a person goes on: `rollout promote` or `rollout resume`; or `rollout abort`",
    PauseReason.INCONCLUSIVE_ANALYSIS: "a person decides: `rollout promote`, `rollout resume` to watch longer, or `rollout abort`",
    PauseReason.INSUFFICIENT_SAMPLES: (
        "more sessions arrive, or a person decides: `rollout promote`, `rollout resume` to watch longer, or `rollout abort`"
    ),
    PauseReason.METRICS_UNAVAILABLE: "it goes on when the measurements are back",
    PauseReason.BASELINE_DEGRADED: "it goes on when the stable release is well again; `rollout promote` lets a person go on",
    PauseReason.ROUTE_DRIFT: "undo the foreign change, or `rollout resume` sets the weight again",
    PauseReason.SAMPLE_RATIO_MISMATCH: "find out why sessions do not split as told; `rollout resume` after that",
    PauseReason.OPERATOR_PAUSE: "a person resumes: `rollout resume`, or ends it: `rollout abort`",
    PauseReason.APPROVAL_TIMEOUT: "somebody approves: `rollout approve`; or `rollout abort`",
}
