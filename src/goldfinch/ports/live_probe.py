"""Real requests through the proxy: who answers users now, whatever a configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One answered request."""

    release: str
    """Id of the release that answered, as the proxy says it; empty: the proxy itself answered."""
    status: int
    seconds: float = 0.0


class LiveProbe(Protocol):
    async def ask(self, rollout_id: str, *, pinned_to: str = "") -> LiveAnswer:
        """One request of a new session, by the health path, that costs nothing and counts for nothing.

        `pinned_to`: as a session that was given the token of this arm of the rollout. Raises `NoLiveAnswer`.
        """
        ...
