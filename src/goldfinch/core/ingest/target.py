"""Whose turns are wanted: the rollouts under way, as the receiver of spans sees them."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.health.metrics import Arm


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """A rollout whose two releases are being compared. `stable` None: the service's first release."""

    rollout_id: str
    service: str
    environment: str
    canary: str
    """Release id."""
    stable: str | None = None
    sample: float = 0.05
    """Share of the stable release's sessions whose answers are scored; all of the canary's are."""
    max_per_minute: int = 600
    """Answers given to scoring a minute, of both arms together."""

    def arm_of(self, release: str) -> Arm | None:
        """None: of neither."""
        if release == self.canary:
            return Arm.CANARY
        return Arm.STABLE if release == self.stable else None
