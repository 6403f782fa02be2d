"""`goldfinch rollout replay`: a controller drives a rollout whose traffic was recorded, until it is decided or the recording is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.replay.course import Course, ServedWindow
from goldfinch.core.replay.outcome import RECORDING, Decided
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase, RolloutState
from goldfinch.ports.clock import Clock
from goldfinch.ports.rollout_store import RolloutStore

_GRACE_S = 15.0
"""How long after a recorded change of weight the controller has to make it too."""
_BACK = (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED)


class DecisionWatch:
    """A `RolloutLog` that hands every decision of one rollout on, as soon as it is written, with the states around it."""

    def __init__(self, store: RolloutStore, rollout: Rollout, saw: Callable[[Decided], None]) -> None:
        self._store, self._rollout_id, self._saw = store, rollout.id, saw
        self._before = rollout.state
        self._known = 0
        self.decided: list[Decided] = []

    def write(self, event: str, facts: Mapping[str, Any]) -> None:  # noqa: ARG002 - the port's signature
        self.look()

    def look(self) -> RolloutState:
        """Hand on what was decided since the last look; the state now."""
        state = self._store.get(self._rollout_id).state
        decisions = self._store.decisions(self._rollout_id)[self._known :]
        self._known += len(decisions)
        for decision in decisions:
            step = Decided(decision, self._before, state)
            self.decided.append(step)
            self._saw(step)
            self._before = state
        return state


async def follow(
    drive: Coroutine[Any, Any, None],
    *,
    store: RolloutStore,
    watch: DecisionWatch,
    rollout_id: str,
    clock: Clock,
    course: Course | None,
    ends_at: datetime,
) -> tuple[datetime, tuple[str, ...]]:
    """Let `drive` go on until the rollout has ended, or the recording is over; the time then, and where the two courses parted."""
    guide = _Guide(store, rollout_id, clock, course)
    driving = asyncio.ensure_future(drive)
    guiding = asyncio.ensure_future(guide.go_along(ends_at))
    try:
        await asyncio.wait({driving, guiding}, return_when=asyncio.FIRST_COMPLETED)
        if driving.done():
            driving.result()
    finally:
        for task in (driving, guiding):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    watch.look()
    return clock.utc(), (*guide.differences, *guide.what_was_not_met(watch))


class _Guide:
    """Takes the rollout along where the recording went on and the controller would not have, and keeps where that was."""

    def __init__(self, store: RolloutStore, rollout_id: str, clock: Clock, course: Course | None) -> None:
        self._store, self._rollout_id, self._clock, self._course = store, rollout_id, clock, course
        self.differences: list[str] = []

    async def go_along(self, ends_at: datetime) -> None:
        """Until `ends_at`, or until the recorded weight fell: nobody can tell what would have been measured after that."""
        for window in self._course.windows[1:] if self._course else ():
            await self._sleep_until(window.since_s + _GRACE_S)
            self._take_along(window)
        if self._course is not None and self._course.ended_s is not None:
            await self._sleep_until(self._course.ended_s)
            state = self._store.get(self._rollout_id).state
            if state.phase not in TERMINAL and state.phase not in _BACK:
                was = f"{state.weight_percent} %, {state.reason}"
                self._note(f"the recorded weight fell to {self._course.ended_at_percent} %; this controller was at {was}")
            return
        await self._sleep_until(ends_at.timestamp())

    def what_was_not_met(self, watch: DecisionWatch) -> list[str]:
        """A rollback that the recording did not make."""
        back = next((step for step in watch.decided if step.after.phase in _BACK), None)
        if self._course is None or back is None:
            return []
        at_s = back.decision.at.timestamp()
        if self._course.ended_s is not None and self._course.ended_s <= at_s:
            return []
        later = [f"{window.weight_percent} % at {_time(window.since_s)}" for window in self._course.windows if window.since_s > at_s]
        fell = [] if self._course.ended_s is None else [f"{self._course.ended_at_percent} % at {_time(self._course.ended_s)}"]
        went = ", then ".join((*later, *fell)) or "stayed where it was"
        return [f"{_time(at_s)}: this controller rolled back; the recorded course {'went to ' if later or fell else ''}{went}"]

    def _take_along(self, window: ServedWindow) -> None:
        rollout = self._store.get(self._rollout_id)
        state = rollout.state
        if state.phase in TERMINAL or state.phase in _BACK or state.weight_percent >= window.weight_percent:
            return
        self._note(
            f"the recorded course went to {window.weight_percent} %; this controller was at {state.weight_percent} %, {state.reason}"
        )
        now = self._clock.utc()
        request = OperatorRequest(f"recorded-{window.since_s}", Verb.PROMOTE, RECORDING, now, f"it went to {window.weight_percent} %")
        self._store.ask(self._rollout_id, request, AuditDraft(now, RECORDING, "rollout.promote", f"rollout:{self._rollout_id}"))

    def _note(self, words: str) -> None:
        self.differences.append(f"{_time(self._clock.utc().timestamp())}: {words}")

    async def _sleep_until(self, time_s: float) -> None:
        await self._clock.sleep(max(0.0, time_s - self._clock.utc().timestamp()))


def _time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%H:%M:%SZ")
