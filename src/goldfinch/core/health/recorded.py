"""A recorded stream as a whole: when it begins and ends, and the weights that were served meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from goldfinch.core.health.events import WeightEvent


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What was found when a stream was read through."""

    first_s: float
    """The earliest time in it, seconds since 1970."""
    last_s: float
    events: int
    flags: tuple[str, ...] = ()
    """Flags that occur, in order of the alphabet; at most the first hundred that were met."""
    weights: tuple[WeightEvent, ...] = ()
    """Changes of weight in order of time; empty: the stream says nothing of them."""
    has_scores: bool = False


@dataclass(frozen=True, slots=True)
class ServedWindow:
    """A weight and how long it was served; `until_s` None: up to the end of the stream, and beyond."""

    weight_percent: int
    since_s: float
    until_s: float | None


def served_windows(weights: tuple[WeightEvent, ...]) -> tuple[ServedWindow, ...]:
    """The weights that were served, one after the other; a weight that was verified again is no change."""
    changes: list[WeightEvent] = []
    for event in weights:
        if not changes or changes[-1].weight_percent != event.weight_percent:
            changes.append(event)
    closed = [ServedWindow(one.weight_percent, one.time_s, after.time_s) for one, after in pairwise(changes)]
    return (*closed, ServedWindow(changes[-1].weight_percent, changes[-1].time_s, None)) if changes else ()
