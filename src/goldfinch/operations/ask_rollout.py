"""What a person asks of a rollout: kept with name and reason until a controller's next pass has dealt with it."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.approvals import checked_approval
from goldfinch.core.rollout.asking import why_refused
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.failures import RequestRefused
from goldfinch.core.rollout.record import Rollout
from goldfinch.operations.roll_out.admitting import bound
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore


@dataclass(frozen=True, slots=True)
class Asked:
    """`id` is the request's own: asked twice with one id, it is asked once."""

    id: str
    rollout_id: str
    verb: Verb
    by: str
    reason: str = ""


def ask_rollout(asked: Asked, store: RolloutStore, ledger: ReleaseLedger, clock: Clock) -> Rollout:
    """Keep the request; the rollout as it stands. An approval or a rejection is kept as such, bound to the release and its gate results.

    Raises `RequestRefused` (E2952), `UnknownRollout` (E2901), `SelfApproval` (E2715).
    """
    rollout = store.get(asked.rollout_id)
    request = OperatorRequest(asked.id, asked.verb, " ".join(asked.by.split()), clock.utc(), asked.reason.strip())
    if refusal := why_refused(rollout, request):
        raise RequestRefused(refusal, where=f"rollout {rollout.id}")
    if asked.verb in (Verb.APPROVE, Verb.REJECT):
        _approve(rollout, request, store, ledger)
    else:
        store.ask(rollout.id, request, _audit(rollout, request, f"rollout.{request.verb}"))
    return rollout


def _approve(rollout: Rollout, request: OperatorRequest, store: RolloutStore, ledger: ReleaseLedger) -> None:
    granted = request.verb is Verb.APPROVE
    approval = Approval(
        id=request.id,
        release=rollout.canary,
        environment=rollout.environment,
        gate_hash=rollout.gate_hash,
        granted=granted,
        by=request.by,
        at=request.at,
        expires_at=request.at + rollout.plan.approval_timeout,
        reason=request.reason,
    )
    checked_approval(approval, bound(rollout, ledger))
    store.approve(approval, _audit(rollout, request, "approval.grant" if granted else "approval.reject"))


def _audit(rollout: Rollout, request: OperatorRequest, action: str) -> AuditDraft:
    detail = {"reason": request.reason, "release": rollout.canary, "gate_hash": rollout.gate_hash}
    return AuditDraft(request.at, request.by, action, f"rollout:{rollout.id}", detail=detail)
