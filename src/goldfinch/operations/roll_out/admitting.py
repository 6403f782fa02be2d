"""Whether the canary may go on, by what people have said: denials of its release, approvals of this rollout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.releases.admission import refusal
from goldfinch.core.releases.approvals import Bound, Standing, standing
from goldfinch.core.rollout.asking import needs_approval
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, PauseReason, Phase
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore


@dataclass(frozen=True, slots=True)
class Admission:
    """`approved`, `denied` and `refused` as `Evidence` has them; `approved_by` is whose word it was."""

    approved: bool | None
    denied: bool
    refused: str = ""
    approved_by: str = ""


def admission(rollout: Rollout, store: RolloutStore, ledger: ReleaseLedger, now: datetime) -> Admission:
    """What holds at `now`. An approval must be alive when traffic begins; from then on it lapses only with what it was bound to."""
    denied = ledger.denial(rollout.canary)
    refused = refusal(denied)
    if not needs_approval(rollout):
        return Admission(None, denied is not None, refused)
    said = standing(store.approvals(rollout.canary, rollout.environment), bound(rollout, ledger), now)
    by = said.decided_by.by if said.decided_by else ""
    return Admission(said.approved, denied is not None, refused or _lapsed(rollout, said), by)


def bound(rollout: Rollout, ledger: ReleaseLedger) -> Bound:
    """What exactly is approved, and who cannot."""
    own = (rollout.created_by, ledger.find(rollout.canary).created_by)
    return Bound(rollout.canary, rollout.environment, rollout.gate_hash, own)


def _lapsed(rollout: Rollout, said: Standing) -> str:
    if _before_traffic(rollout) or (said.decided_by is not None and said.decided_by.granted):
        return ""
    return said.reason


def _before_traffic(rollout: Rollout) -> bool:
    state = rollout.state
    waits = state.phase is Phase.PAUSED and state.pause is not None and state.pause.reason is PauseReason.APPROVAL_TIMEOUT
    return waits or state.phase in BEFORE_TRAFFIC
