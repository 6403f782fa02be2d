"""How people are told. A notifier that fails never blocks a rollout."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.rollout.commands import Notify


class Notifier(Protocol):
    async def tell(self, rollout_id: str, message: Notify) -> None: ...
