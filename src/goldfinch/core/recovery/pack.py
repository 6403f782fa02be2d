"""What is kept of a rollback, so that nobody has to ask the systems that have moved on since (P13)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from goldfinch.core.health.outcome import MetricCheck
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.diff import Difference
from goldfinch.core.rollout.record import Decision, Rollout

MOST_EXAMPLES: Final = 50
"""Access-log lines and answers that are kept; how many there were is kept too."""
STATUS: Final = "candidate"
"""Of cases that are proposed: golden only by a reviewed change (M8)."""


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """One failed request of a session of the canary, as the access log has it; no content."""

    at: datetime
    session: str
    status: int
    duration_ms: float
    flags: str = ""
    path: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class CanaryAnswer:
    """One sampled turn of the canary, redacted when it was sampled: what a golden case may be made of."""

    id: str
    session: str
    question: Any
    answer: str
    failed: bool = False
    score: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackSources:
    """Everything that a pack is made of. `notes` say what could not be read: a pack without it is still a pack."""

    rollout: Rollout
    decisions: tuple[Decision, ...]
    differences: tuple[Difference, ...] = ()
    requests: tuple[FailedRequest, ...] = ()
    failed_requests: int = 0
    """All that there were."""
    answers: tuple[CanaryAnswer, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One metric at one check."""

    at: datetime
    canary: float | None
    canary_units: int
    stable: float | None
    stable_units: int
    state: str
    reason: str


def series(decisions: Iterable[Decision]) -> dict[str, tuple[Point, ...]]:
    """Every metric at every check, oldest first."""
    found: dict[str, list[Point]] = {}
    for decision in decisions:
        if decision.assessment is not None:
            for check in decision.assessment.checks:
                found.setdefault(check.metric, []).append(_point(decision.assessment.at, check))
    return {metric: tuple(points) for metric, points in found.items()}


def _point(at: datetime, check: MetricCheck) -> Point:
    return Point(at, check.canary.value, check.canary.units, check.stable.value, check.stable.units, str(check.state), check.reason)


def timeline(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Changes of state; checks without one are in the series."""
    return tuple(decision for decision in decisions if decision.from_phase != decision.to_phase)


def pack_json(sources: PackSources, redact: Redactor) -> dict[str, Any]:
    """`pack.json`: plain values, redacted, the same for the same sources."""
    rollout, state = sources.rollout, sources.rollout.state
    value = {
        "schema_version": 1,
        "kind": "evidence_pack",
        "rollout": rollout.id,
        "service": rollout.service,
        "environment": rollout.environment,
        "canary": rollout.canary,
        "stable": rollout.stable,
        "created_by": rollout.created_by,
        "created_at": rollout.created_at.isoformat(),
        "ended_at": state.entered_at.isoformat() if state.entered_at else None,
        "phase": str(state.phase),
        "trigger": state.trigger,
        "reason": state.cause or state.reason,
        "series": {metric: [_point_json(point) for point in points] for metric, points in series(sources.decisions).items()},
        "timeline": [_step_json(decision) for decision in timeline(sources.decisions)],
        "differences": [{"kind": one.kind.value, "words": one.words, "lines": list(one.lines)} for one in sources.differences],
        "failed_requests": {"total": sources.failed_requests, "shown": [_request_json(one) for one in sources.requests[:MOST_EXAMPLES]]},
        "candidates": len(tuple(candidates(sources, redact))),
        "notes": list(sources.notes),
    }
    redacted = redact.value(value)
    assert isinstance(redacted, dict)  # nosec B101 - a redactor keeps the shape
    return redacted


def _point_json(point: Point) -> dict[str, Any]:
    return {
        "at": point.at.isoformat(),
        "canary": point.canary,
        "canary_units": point.canary_units,
        "stable": point.stable,
        "stable_units": point.stable_units,
        "state": point.state,
        "reason": point.reason,
    }


def _step_json(decision: Decision) -> dict[str, Any]:
    return {
        "at": decision.at.isoformat(),
        "from": decision.from_phase,
        "to": decision.to_phase,
        "by": decision.by,
        "reason": decision.reason,
        "commands": list(decision.commands),
    }


def _request_json(one: FailedRequest) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "session": one.session,
        "status": one.status,
        "duration_ms": one.duration_ms,
        "flags": one.flags,
        "path": one.path,
        "request_id": one.request_id,
    }


def candidates(sources: PackSources, redact: Redactor) -> Iterator[dict[str, Any]]:
    """Cases of a dataset, one per sampled question: failed ones first. A person says what would have been right."""
    seen: set[str] = set()
    for answer in sorted(sources.answers, key=lambda one: (not one.failed, one.score if one.score is not None else 2.0)):
        question = redact.value(answer.question)
        mark = sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()[:12]
        if mark in seen or len(seen) >= MOST_EXAMPLES:
            continue
        seen.add(mark)
        yield {
            "id": f"candidate-{mark}",
            "input": question,
            "tags": [STATUS, "rollback"],
            "metadata": {
                "status": STATUS,
                "rollout": sources.rollout.id,
                "release": sources.rollout.canary,
                "trace": answer.id,
                "session": answer.session,
                "answered": redact(answer.answer),
                "failed": answer.failed,
                "score": answer.score,
            },
        }


def candidates_file(sources: PackSources, redact: Redactor) -> str:
    """`candidates.jsonl`, as every command that takes a dataset reads it."""
    return "".join(f"{json.dumps(case, sort_keys=True)}\n" for case in candidates(sources, redact))
