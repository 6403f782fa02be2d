"""Rollouts, decisions, requests, sessions and approvals as rows, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from goldfinch.adapters.sql import codec
from goldfinch.adapters.sql.tables import ACTIVE, ENDED, WAITING
from goldfinch.core.audit.failures import StoreDamaged
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.metrics import Arm
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.record import Change, Decision, Lease, Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase, RolloutState


def standing_of(phase: Phase) -> str:
    """What the rule of one rollout at a time asks of a phase."""
    if phase is Phase.PENDING:
        return WAITING
    return ENDED if phase in TERMINAL else ACTIVE


def state_columns(state: RolloutState, redact: Redactor) -> dict[str, Any]:
    """The state, and what queries and unique indexes need of it."""
    return {"state": redacted(codec.dump_state(state), redact), "phase": state.phase.value, "standing": standing_of(state.phase)}


_CHECKED = (
    *("id", "service", "environment", "standing", "phase", "canary", "stable", "plan", "state", "health", "cursor", "gate_hash"),
    *("created_by", "revision"),
)


def checksum(columns: Mapping[str, Any]) -> str:
    """Of what decides about a rollout, other than its lease. It finds an edit by hand or a damaged file; the audit log finds a forger."""
    text = json.dumps([columns[name] for name in _CHECKED])
    return sha256(text.encode()).hexdigest()


def require_unedited(row: Row[Any], store: str) -> None:
    """Raises `StoreDamaged` of a row that was not written by us."""
    if checksum(row._asdict()) != row.checksum:
        what = f"the row of rollout {row.id} was edited by hand, or its file is damaged"
        raise StoreDamaged(what, where=store, hint="docs/guides/store.md says what to do; nothing was written")


def rollout_columns(rollout: Rollout, redact: Redactor) -> dict[str, Any]:
    """A new rollout; nobody has its lease."""
    columns = {
        "id": rollout.id,
        "service": rollout.service,
        "environment": rollout.environment,
        "canary": rollout.canary,
        "stable": rollout.stable,
        "plan": codec.dump(codec.PLAN, rollout.plan),
        "health": codec.dump(codec.HEALTH, rollout.health),
        "cursor": rollout.cursor,
        "gate_hash": rollout.gate_hash,
        "created_at": rollout.created_at,
        "created_by": redact(rollout.created_by),
        "revision": rollout.revision,
        "observed_at": rollout.observed_at,
        "fence": 0,
        **state_columns(rollout.state, redact),
    }
    return {**columns, "checksum": checksum(columns)}


def rollout_of(row: Row[Any], store: str) -> Rollout:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    require_unedited(row, store)
    where = f"rollout {row.id}"
    lease = None if row.lease_owner is None else Lease(row.lease_owner, row.fence, row.lease_expires_at)
    return Rollout(
        id=row.id,
        service=row.service,
        environment=row.environment,
        canary=row.canary,
        stable=row.stable,
        plan=codec.load_plan(row.plan, where),
        state=codec.load_state(row.state, where),
        created_at=row.created_at,
        created_by=row.created_by,
        health=codec.load(codec.HEALTH, row.health, where),
        cursor=row.cursor,
        gate_hash=row.gate_hash,
        revision=row.revision,
        observed_at=row.observed_at,
        lease=lease,
    )


def decision_columns(rollout_id: str, decision: Decision, redact: Redactor) -> dict[str, Any]:
    """With every measurement that it rests on."""
    assessment = None if decision.assessment is None else codec.dump(codec.ASSESSMENT, decision.assessment)
    return {
        "rollout_id": rollout_id,
        "at": decision.at,
        "from_phase": decision.from_phase,
        "to_phase": decision.to_phase,
        "reason": redact(decision.reason),
        "by": redact(decision.by),
        "assessment": None if assessment is None else redacted(assessment, redact),
        "commands": redacted(json.dumps(decision.commands), redact),
    }


def decision_of(row: Row[Any]) -> Decision:
    """Raises `StoreDamaged`, `StoreTooNew`."""
    where = f"decision {row.number} of rollout {row.rollout_id}"
    return Decision(
        at=row.at,
        from_phase=row.from_phase,
        to_phase=row.to_phase,
        reason=row.reason,
        by=row.by,
        assessment=None if row.assessment is None else codec.load_assessment(row.assessment, where),
        commands=codec.load_texts(row.commands, where),
    )


def request_columns(rollout_id: str, request: OperatorRequest, redact: Redactor) -> dict[str, Any]:
    """Free text without secrets."""
    return {
        "rollout_id": rollout_id,
        "id": request.id,
        "verb": request.verb.value,
        "by": redact(request.by),
        "at": request.at,
        "reason": redact(request.reason),
    }


def request_of(row: Row[Any]) -> OperatorRequest:
    """Raises `StoreDamaged`."""
    try:
        verb = Verb(row.verb)
    except ValueError as error:
        raise StoreDamaged(f"request {row.id} of rollout {row.rollout_id} cannot be read: {error}") from error
    return OperatorRequest(id=row.id, verb=verb, by=row.by, at=row.at, reason=row.reason)


def session_columns(change: Change) -> list[dict[str, Any]]:
    """The last word on each session: one statement may not touch a row twice."""
    latest = {session.session: session for session in change.sessions}
    return [
        {
            "rollout_id": change.rollout_id,
            "session": session.session,
            "arm": session.arm.value,
            "stratum": session.stratum,
            "begun_s": session.begun_s,
            "last_seen_s": session.last_seen_s,
            "bad": json.dumps(sorted(session.bad)),
            "measured": json.dumps(sorted(session.measured)),
        }
        for session in latest.values()
    ]


def session_of(row: Row[Any]) -> SessionState:
    """Raises `StoreDamaged`."""
    where = f"session {row.session!r}"
    try:
        arm = Arm(row.arm)
    except ValueError as error:
        raise StoreDamaged(f"{where} cannot be read: {error}") from error
    return SessionState(
        session=row.session,
        arm=arm,
        stratum=row.stratum,
        begun_s=row.begun_s,
        last_seen_s=row.last_seen_s,
        bad=frozenset(codec.load_texts(row.bad, where)),
        measured=frozenset(codec.load_texts(row.measured, where)),
    )


def approval_columns(approval: Approval, redact: Redactor) -> dict[str, Any]:
    """Free text without secrets."""
    return {
        "id": approval.id,
        "release": approval.release,
        "environment": approval.environment,
        "gate_hash": approval.gate_hash,
        "granted": approval.granted,
        "by": redact(approval.by),
        "at": approval.at,
        "expires_at": approval.expires_at,
        "reason": redact(approval.reason),
    }


def approval_of(row: Row[Any]) -> Approval:
    """As it was kept."""
    return Approval(
        id=row.id,
        release=row.release,
        environment=row.environment,
        gate_hash=row.gate_hash,
        granted=row.granted,
        by=row.by,
        at=row.at,
        expires_at=row.expires_at,
        reason=row.reason,
    )


def redacted(text: str, redact: Redactor) -> str:
    """JSON text without secrets. Looking costs microseconds; only where something is found is the text taken apart."""
    if not redact.may_hold_secret_json(text.encode()):
        return text
    return json.dumps(redact.value(json.loads(text)), separators=(",", ":"))
