"""People are told by a line of the controller's log: whatever collects logs can page by it."""

from __future__ import annotations

from goldfinch.core.rollout.commands import Notify
from goldfinch.ports.rollout_log import RolloutLog


class LogNotifier:
    """`{"event": "rollout.notify", "urgency": "page", "text": ...}`."""

    def __init__(self, log: RolloutLog) -> None:
        self._log = log

    async def tell(self, rollout_id: str, message: Notify) -> None:
        self._log.write("rollout.notify", {"rollout": rollout_id, "urgency": str(message.urgency), "text": message.text})
