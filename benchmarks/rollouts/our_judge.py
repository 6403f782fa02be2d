"""What `core/health` makes of a course: check by check, through the code that a controller calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from benchmarks.rollouts.course import MINUTES, STEPS, Course, step_of
from goldfinch.core.health.check import HealthState, assess, begin, take, thresholds_ms
from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import Assessment, Call

RULES = HealthRules()
NextInterval = Callable[[int, dict[str, float]], Interval]


@dataclass(frozen=True, slots=True)
class Ended:
    """When a rollout was rolled back, on what, and what the canary had done until then."""

    minute: int | None
    """From 1; None: never."""
    trigger: str = ""
    canary_units: int = 0
    canary_requests: int = 0
    canary_scores: int = 0
    held: bool = False
    """Some check asked for a hold."""


def checks(
    next_interval: NextInterval, *, rules: HealthRules = RULES, restarts: Collection[int] = ()
) -> Iterator[tuple[Interval, Assessment]]:
    """Every check of a rollout. After the minutes of `restarts` the state goes through JSON, as in a controller that is started again."""
    state = begin(rules, steps=STEPS)
    for minute in range(MINUTES):
        interval = next_interval(minute, thresholds_ms(rules, state))
        state = take(rules, state, interval)
        if minute in restarts:
            state = HealthState.from_state(json.loads(json.dumps(state.to_state())))
        yield interval, assess(rules, state, now=interval.end, step=step_of(minute))


def judge(course: Course, *, rules: HealthRules = RULES, restarts: Collection[int] = ()) -> Ended:
    """The rollout up to its rollback, or to its end."""
    requests, held = 0, False
    for minute, (interval, found) in enumerate(checks(course.interval, rules=rules, restarts=restarts), start=1):
        requests += interval.canary_requests
        held = held or found.call is Call.HOLD
        if found.call is Call.ROLL_BACK:
            of = {check.metric: check.canary.units for check in found.checks}
            return Ended(minute, found.trigger, of.get("error_rate", 0), requests, of.get("evaluation_score", 0), held)
    return Ended(None, canary_requests=requests, held=held)
