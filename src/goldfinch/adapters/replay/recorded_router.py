"""A router that serves what a recording says was served, and everything else at once."""

from __future__ import annotations

from goldfinch.core.replay.course import Course
from goldfinch.core.rollout.evidence import RouterView
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.ports.clock import Clock


class RecordedRouter:
    """What is asked for is served from the moment on at which the recording served it; a weight that it never served, at once.

    A controller that lags behind the recording sees the weight that it asked for: where the two part is for the replay to say.
    """

    def __init__(self, clock: Clock, course: Course | None = None) -> None:
        self._clock = clock
        self._since_s = {window.weight_percent: window.since_s for window in course.windows} if course else {}
        self._asked = 0
        self._served = 0

    async def set_canary_weight(
        self,
        percent: int,
        *,
        canary: str,  # noqa: ARG002 - the port's signature
        stable: str | None,  # noqa: ARG002
        sessions: SessionsOnRollback | None = None,  # noqa: ARG002
        second_path: bool = False,  # noqa: ARG002
        fence: int = 0,  # noqa: ARG002
    ) -> None:
        self._asked = percent

    async def view(self) -> RouterView:
        if self._clock.utc().timestamp() >= self._since_s.get(self._asked, 0.0):
            self._served = self._asked
        return RouterView(self._served, acknowledged=self._served == self._asked, pinned_canary_sessions=0, canary_in_flight=0)
