"""Whether a person may stop a release without taking it from its users or from a rollout."""

from __future__ import annotations

from goldfinch.core.rollout.record import Rollout


def why_not(release: str, stable: str | None, under_way: Rollout | None) -> str:
    """In words; empty: nothing needs it. `stable`: what the name means here."""
    if under_way is not None and release in (under_way.canary, under_way.stable):
        return f"{under_way.id} is under way and works with {release}"
    return f"{release} is the stable release: its users would get nothing" if release == stable else ""
