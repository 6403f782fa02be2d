"""Whether a release may go to an environment: pure rules over what people said. Source: T17.

An approval is bound to the release, the environment and the gate results that were seen, and expires. Nobody approves what they made or
asked for. The newest word decides; a rejection holds until somebody grants after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.failures import SelfApproval
from goldfinch.core.releases.names import is_nobody, same_person, signed


@dataclass(frozen=True, slots=True)
class Bound:
    """What exactly is to be approved. `own` are the people who made the release or asked for its rollout."""

    release: str
    environment: str
    gate_hash: str
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """`approved` as `Evidence.approved` has it: True granted, False rejected, None neither. `reason` is a sentence for a person."""

    approved: bool | None
    reason: str
    decided_by: Approval | None = None


def standing(approvals: Iterable[Approval], bound: Bound, now: datetime) -> Standing:
    """What people's words come to at `now`, in whatever order they are given."""
    of_release = [approval for approval in approvals if (approval.release, approval.environment) == (bound.release, bound.environment)]
    said = [approval for approval in of_release if approval.gate_hash == bound.gate_hash]
    counted = [approval for approval in said if not approval.granted or not _is_own(approval, bound)]
    if counted:
        return _by(max(counted, key=_recency), now)
    return Standing(None, _why_none(of_release, said))


def checked_approval(approval: Approval, bound: Bound) -> Approval:
    """`approval`, where this person may give it. Raises `SelfApproval` (E2715); `Unsigned` (E2713) for nobody.

    Anybody may reject, their own release too.
    """
    signed(approval.by)
    if approval.granted and _is_own(approval, bound):
        raise SelfApproval(
            f"{approval.by} made {approval.release} or asked for its rollout, and cannot approve it", hint="ask somebody else to approve"
        )
    return approval


def _by(newest: Approval, now: datetime) -> Standing:
    at = f"{newest.at:%Y-%m-%d %H:%M} UTC"
    why = f": {newest.reason}" if newest.reason else ""
    if not newest.granted:
        return Standing(False, f"rejected by {newest.by} at {at}{why}", newest)
    if newest.at > now:
        return Standing(None, f"the approval by {newest.by} is dated {at}, which has not come yet", newest)
    if newest.expires_at <= now:
        return Standing(None, f"the approval by {newest.by} expired at {newest.expires_at:%Y-%m-%d %H:%M} UTC", newest)
    return Standing(True, f"approved by {newest.by} at {at}{why}", newest)


def _recency(approval: Approval) -> tuple[datetime, bool]:
    """Of two words of the same instant the rejection is the last."""
    return approval.at, not approval.granted


def _is_own(approval: Approval, bound: Bound) -> bool:
    return is_nobody(approval.by) or any(same_person(approval.by, person) for person in bound.own)


def _why_none(of_release: list[Approval], said: list[Approval]) -> str:
    if said:
        return f"{said[0].by} cannot approve what they made or asked for"
    if of_release:
        return "the approval was of other gate results, and lapsed with them"
    return "nobody has approved it"
