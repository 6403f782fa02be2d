"""What becomes of a rollout that waited and is not to be carried out any more, because a newer one takes its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.state import Completion, Phase


def superseded(waiting: Rollout, newer: Rollout, by: str, at: datetime) -> tuple[Rollout, Decision, AuditDraft]:
    """The rollout as it ends, why, and its line of the audit log."""
    reason = f"{newer.id} ({newer.canary}) waits in its place"
    state = replace(waiting.state, phase=Phase.SUPERSEDED, entered_at=at, deadline=None, reason=reason, completion=Completion.SUPERSEDED)
    ended = replace(waiting, state=state, revision=waiting.revision + 1, lease=None)
    decision = Decision(at, waiting.state.phase.value, Phase.SUPERSEDED.value, reason, by=by)
    detail = {"by_rollout": newer.id, "canary": waiting.canary}
    return ended, decision, AuditDraft(at, by, "rollout.supersede", f"rollout:{waiting.id}", detail=detail)
