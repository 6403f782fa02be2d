"""A notifier that tells nobody."""

from __future__ import annotations

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.rollout.commands import Notify


class FakeNotifier:
    """Keeps what it was to tell; fails when told to."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Notify]] = []
        self.failing = ""

    async def tell(self, rollout_id: str, message: Notify) -> None:
        if self.failing:
            raise InfrastructureError(self.failing, where="notifier")
        self.told.append((rollout_id, message))
