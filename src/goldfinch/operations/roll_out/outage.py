"""A store that does not answer: said once, asked again with growing pauses, said once more when it is back."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError
from goldfinch.operations.roll_out.acting import why
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.ports.clock import Clock
from goldfinch.ports.rollout_log import RolloutLog


class Outage:
    """Shared by all rollouts of a controller: they have one store. While it lasts nothing is decided, and the traffic stays."""

    def __init__(self, clock: Clock, pace: Pace, log: RolloutLog) -> None:
        self._clock = clock
        self._pace = pace
        self._log = log
        self._since_s: float | None = None
        self._failed = 0
        self._asked_s = float("-inf")

    def began(self, error: GoldfinchError) -> float:
        """Note it; seconds until the next try."""
        now_s = self._clock.monotonic_s()
        if self._since_s is None:
            self._since_s = now_s
            self._log.write(
                "store.unavailable", {"why": why(error), "code": error.code, "meanwhile": "nothing is decided; the traffic stays"}
            )
        if now_s > self._asked_s:
            self._failed += 1
            self._asked_s = now_s
        return self._pace.store_retry_s(self._failed)

    def over(self) -> None:
        """It answers."""
        if self._since_s is not None:
            self._log.write("store.back", {"after_s": round(self._clock.monotonic_s() - self._since_s, 1)})
        self._since_s, self._failed, self._asked_s = None, 0, float("-inf")
