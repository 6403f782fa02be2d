"""Which phase may follow which, and why: a table for readers. A test holds it equal to what `advance` does in every state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase


@dataclass(frozen=True, slots=True)
class Edge:
    """`group`: one arrow in the diagram for all sources."""

    sources: tuple[Phase, ...]
    to: Phase
    when: str
    group: str = ""


_WATCHED: Final = (Phase.PROGRESSING, Phase.WAITING_PROMOTION, Phase.PROMOTING, Phase.POST_PROMOTION_ANALYSIS)
_QUEUED: Final = tuple(phase for phase in Phase if phase in BEFORE_TRAFFIC)
_STARTED: Final = tuple(phase for phase in _QUEUED if phase is not Phase.PENDING)
_NOT_SHIFTED: Final = (Phase.PROGRESSING, Phase.PROMOTING)
_BEFORE: Final = "BeforeTraffic"
_WITH: Final = "WithTraffic"

EDGES: Final = (
    Edge((Phase.PENDING,), Phase.INITIALIZING, "the place is free"),
    Edge((Phase.INITIALIZING,), Phase.STAGING_DEPLOYING, "stable serves"),
    Edge((Phase.STAGING_DEPLOYING,), Phase.SMOKE_TESTING, "canary ready"),
    Edge((Phase.SMOKE_TESTING,), Phase.MIGRATING, "passed, there are migrations"),
    Edge((Phase.SMOKE_TESTING, Phase.MIGRATING), Phase.WAITING_APPROVAL, "passed, approval needed"),
    Edge((Phase.SMOKE_TESTING, Phase.MIGRATING, Phase.WAITING_APPROVAL), Phase.PROGRESSING, "passed, or approved"),
    Edge((Phase.SMOKE_TESTING, Phase.MIGRATING, Phase.WAITING_APPROVAL), Phase.PROMOTING, "first release, or promote --full"),
    Edge(_NOT_SHIFTED, Phase.WAITING_APPROVAL, "approval lapsed before any traffic"),
    Edge((Phase.PROGRESSING,), Phase.WAITING_PROMOTION, "passed, the plan asks a person"),
    Edge((Phase.PROGRESSING, Phase.WAITING_PROMOTION), Phase.PROMOTING, "passed, or promoted"),
    Edge((Phase.PROMOTING,), Phase.POST_PROMOTION_ANALYSIS, "100 % verified, sessions drained"),
    Edge((Phase.PROMOTING, Phase.POST_PROMOTION_ANALYSIS), Phase.FINALISING, "passed, or promoted"),
    Edge((Phase.FINALISING,), Phase.SUCCEEDED, "old release stopped"),
    Edge(_WATCHED, Phase.PAUSED, "held", _WITH),
    Edge((Phase.PAUSED,), Phase.PROGRESSING, "resumed"),
    Edge((Phase.PAUSED,), Phase.WAITING_PROMOTION, "resumed"),
    Edge((Phase.PAUSED,), Phase.PROMOTING, "resumed, or promoted"),
    Edge((Phase.PAUSED,), Phase.POST_PROMOTION_ANALYSIS, "resumed"),
    Edge((Phase.PAUSED,), Phase.FINALISING, "promoted at 100 %"),
    Edge(_STARTED, Phase.PAUSED, "held by a person, or approval timed out", _BEFORE),
    *(Edge((Phase.PAUSED,), phase, "resumed") for phase in _STARTED),
    Edge(_WATCHED, Phase.ROLLING_BACK, "harm, abort, supersede, time-out", _WITH),
    Edge((Phase.PAUSED,), Phase.ROLLING_BACK, "harm, abort, supersede, held too long"),
    Edge((Phase.ROLLING_BACK,), Phase.ROLLED_BACK, "weight 0 verified, drained, stopped, denied"),
    Edge((Phase.ROLLING_BACK,), Phase.ROLLBACK_FAILED, "router refuses"),
    Edge((Phase.ROLLBACK_FAILED,), Phase.ROLLING_BACK, "weight 0 verified after all"),
    Edge(_STARTED, Phase.FAILED, "a stage failed, or refused", _BEFORE),
    Edge(_QUEUED, Phase.CANCELLED, "abort, or rejected", _BEFORE),
    Edge(_QUEUED, Phase.SUPERSEDED, "a newer release", _BEFORE),
    *(Edge((*_NOT_SHIFTED, Phase.PAUSED), end, "before any traffic") for end in (Phase.FAILED, Phase.CANCELLED, Phase.SUPERSEDED)),
)

TRANSITIONS: Final = frozenset((source, edge.to) for edge in EDGES for source in edge.sources)


def mermaid() -> str:
    """The state diagram of the guide. Ways back into a phase that was held are one arrow, ends before traffic as well."""
    lines = ["stateDiagram-v2", "    [*] --> Pending", f"    state {_BEFORE} {{"]
    inside = {*BEFORE_TRAFFIC}
    lines += [f"        {source} --> {edge.to}: {edge.when}" for edge in EDGES for source in edge.sources if {source, edge.to} <= inside]
    lines += ["    }", f"    state {_WITH} {{"]
    lines += [
        f"        {source} --> {edge.to}: {edge.when}" for edge in EDGES for source in edge.sources if {source, edge.to} <= {*_WATCHED}
    ]
    lines += ["    }"]
    for edge in EDGES:
        lines += _outside(edge)
    lines += [f"    Paused --> {_WITH}: resumed, or promoted", f"    Paused --> {_BEFORE}: resumed"]
    return "\n".join([*lines, *(f"    {phase} --> [*]" for phase in Phase if phase in TERMINAL)]) + "\n"


def _outside(edge: Edge) -> list[str]:
    """Arrows between groups, and those of phases that belong to none."""
    if edge.group:
        return [f"    {edge.group} --> {edge.to}: {edge.when}"]
    groups = {phase: group for group, phases in ((_BEFORE, _QUEUED), (_WITH, _WATCHED)) for phase in phases}
    back = edge.sources[0] is Phase.PAUSED and edge.to in groups
    within = all(groups.get(source) == groups.get(edge.to) is not None for source in edge.sources)
    if back or within:
        return []
    return [
        f"    {source} --> {edge.to}: {edge.when}"
        for source in edge.sources
        if not (source is Phase.PAUSED and edge.when == "before any traffic")
    ]
