"""The course that a recorded rollout took: what its stream holds, which weights were served when, and the steps that they amount to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from goldfinch.core.health.events import WeightEvent
from goldfinch.core.replay import codes
from goldfinch.core.replay.failures import StreamError
from goldfinch.core.rollout.plan import Step

SLACK = timedelta(seconds=10)
"""How much earlier than the recording a step of the replay has baked: what the controller takes to move, so that it is ready when the
recorded weight changed."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What was found when a stream was read through."""

    first_s: float
    """The earliest time in it, seconds since 1970."""
    last_s: float
    events: int
    weights: tuple[WeightEvent, ...] = ()
    """Changes of weight in order of time; empty: the stream says nothing of them."""
    amounts: frozenset[str] = frozenset()
    """Names of the amounts that occur."""


@dataclass(frozen=True, slots=True)
class ServedWindow:
    """A weight and how long it was served; `until_s` None: up to the end of the stream, and beyond."""

    weight_percent: int
    since_s: float
    until_s: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """The weights that a recorded rollout went through, rising; `ended_s` is when it fell for the first time."""

    windows: tuple[ServedWindow, ...]
    ended_s: float | None = None
    ended_at_percent: int | None = None

    def served_at(self, time_s: float) -> ServedWindow | None:
        """What was served then; None before the first weight."""
        return next((window for window in reversed(self.windows) if window.since_s <= time_s), None)


def served_windows(weights: tuple[WeightEvent, ...]) -> tuple[ServedWindow, ...]:
    """The weights that were served, one after the other; a weight that was verified again is no change."""
    changes: list[WeightEvent] = []
    for event in weights:
        if not changes or changes[-1].weight_percent != event.weight_percent:
            changes.append(event)
    closed = [ServedWindow(one.weight_percent, one.time_s, after.time_s) for one, after in pairwise(changes)]
    return (*closed, ServedWindow(changes[-1].weight_percent, changes[-1].time_s, None)) if changes else ()


def course_of(facts: StreamFacts) -> Course | None:
    """The recorded course, from the first share for the canary until the weight fell; None where no weight was recorded.

    Raises `StreamError` where the canary never got a share.
    """
    windows = served_windows(facts.weights)
    if not windows:
        return None
    begun = [at for at, window in enumerate(windows) if window.weight_percent > 0]
    if not begun:
        raise StreamError("the weights of the stream never give the canary a share", code=codes.NO_COURSE, hint="name the steps by --steps")
    rising = [windows[begun[0]]]
    for window in windows[begun[0] + 1 :]:
        if window.weight_percent < rising[-1].weight_percent:
            return Course(tuple(rising), window.since_s, window.weight_percent)
        rising.append(window)
    return Course(tuple(rising))


def recorded_steps(course: Course, last_s: float, warm_up: timedelta) -> tuple[Step, ...]:
    """The steps of a plan that goes as the recording went; a course that never came to 100 % is taken as one that was about to."""
    steps = []
    for window in course.windows:
        ends_s = window.until_s if window.until_s is not None else last_s
        bake = timedelta(seconds=round(ends_s - window.since_s, 6)) - warm_up - SLACK
        steps.append(Step(window.weight_percent, timedelta(0) if window.weight_percent == 100 else max(bake, timedelta(0))))
    return tuple(steps) if steps[-1].weight_percent == 100 else (*steps, Step(100, timedelta(0)))
