"""Whether a release may be rolled out at all: one that was rolled back or denied may not, until somebody takes that on (P11)."""

from __future__ import annotations

from goldfinch.core.releases.failures import ReleaseDenied
from goldfinch.core.releases.release import Denial


def refusal(denial: Denial | None) -> str:
    """Why not, in a sentence; empty: nothing speaks against it. A denial that was overridden does not hold."""
    if denial is None or denial.overridden_at is not None:
        return ""
    return f"{denial.release} was denied by {denial.by} at {denial.at:%Y-%m-%d %H:%M} UTC: {denial.reason}"


def require_admitted(denial: Denial | None) -> None:
    """Raises `ReleaseDenied` (E2705) while a denial holds."""
    if (why := refusal(denial)) and denial is not None:
        raise ReleaseDenied(why, hint=f"make a new release, or goldfinch release allow {denial.release} --by NAME --reason WHY")
