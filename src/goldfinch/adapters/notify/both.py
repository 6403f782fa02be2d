"""Several ways to tell people; one that fails keeps none of the others from it."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.commands import Notify
from goldfinch.ports.notifier import Notifier


class EveryNotifier:
    """Tells all of them, then raises what the first one that failed raised."""

    def __init__(self, *notifiers: Notifier) -> None:
        self._notifiers = notifiers

    async def tell(self, rollout_id: str, message: Notify) -> None:
        failed: GoldfinchError | None = None
        for notifier in self._notifiers:
            try:
                await notifier.tell(rollout_id, message)
            except GoldfinchError as error:
                failed = failed or error
        if failed is not None:
            raise failed
