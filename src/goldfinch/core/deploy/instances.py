"""One process of a release over its life: what is to be done with it now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_S = 60.0
"""Who ran so long before it ended is no crash loop: its next end is counted as the first."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Times in seconds since 1970. `token` names one start; `index` is the place among the release's instances, from 1."""

    index: int
    token: str
    port: int
    started_at: float
    wanted: bool = True
    stop_by: float | None = None
    """When it is killed, having been asked to end."""
    ends: int = 0
    """How often in a row it ended soon after its start."""
    ended: str = ""
    """How it ended, in words; empty: it was not seen to have ended."""
    again_at: float | None = None
    """When it is started again."""


class Step(Enum):
    """What is to be done with an instance."""

    LEAVE = auto()
    NOTE_END = auto()
    START_AGAIN = auto()
    KILL = auto()
    FORGET = auto()


def step(instance: Instance, *, alive: bool, now: float) -> Step:
    """Asked as often as somebody looks; a clock that was put back does not make anything wait longer than it ever would."""
    if not instance.wanted:
        if not alive:
            return Step.FORGET
        return Step.KILL if instance.stop_by is not None and now >= instance.stop_by else Step.LEAVE
    if alive:
        return Step.LEAVE
    if instance.again_at is None:
        return Step.NOTE_END
    due = now >= instance.again_at or instance.again_at - now > LONGEST_WAIT_S
    return Step.START_AGAIN if due else Step.LEAVE


def noted_end(instance: Instance, how: str, now: float) -> Instance:
    """It ended without having been asked to: the wait before the next start doubles, unless it had run for long."""
    ends = 1 if now - instance.started_at >= STEADY_S else instance.ends + 1
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(ends - 1, 30))
    return replace(instance, ends=ends, ended=how, again_at=now + wait_s)


def asked_to_end(instance: Instance, within_s: float, now: float) -> Instance:
    """From now on it is on its way out; asked again, its time does not begin anew."""
    return instance if not instance.wanted else replace(instance, wanted=False, stop_by=now + within_s, again_at=None)
