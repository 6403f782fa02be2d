"""A release out of its instances: whether it runs, can serve, and is healthy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldfinch.core.rollout.evidence import TargetView

FAILED_IN_A_ROW = 3
"""Probes that an instance which was ready once must fail before it counts as unhealthy: one lost answer is none."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One instance as it was seen now."""

    index: int
    wanted: bool
    alive: bool
    ready: bool = False
    was_ready: bool = False
    failed: int = 0
    """Probes in a row that failed."""
    detail: str = ""


def view_of(sights: Sequence[Sight], *, wanted: bool, instances: int, note: str = "") -> TargetView:
    """Ready: every instance answers. Unhealthy: none can, and that is more than a slow start. `wanted`: it was deployed, not retired."""
    if not wanted:
        leaving = sum(sight.alive for sight in sights)
        return TargetView(running=leaving > 0, ready=False, detail=f"{leaving} still stopping" if leaving else "not running")
    there = [sight for sight in sights if sight.wanted]
    ready = sum(sight.ready for sight in there)
    bad = sum(_is_bad(sight) for sight in there)
    return TargetView(
        running=True,
        ready=ready == instances,
        healthy=not there or bad < len(there),
        detail="; ".join(filter(None, (_detail(there, ready, instances), note))),
    )


def _is_bad(sight: Sight) -> bool:
    return not sight.alive or (sight.was_ready and sight.failed >= FAILED_IN_A_ROW)


def _detail(there: Sequence[Sight], ready: int, instances: int) -> str:
    if ready == instances:
        return ""
    first = next((f"instance {sight.index}: {sight.detail}" for sight in there if sight.detail and not sight.ready), "")
    return "; ".join(filter(None, (f"{ready} of {instances} ready", first)))
