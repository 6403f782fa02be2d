"""Why a run ends before its last case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.errors import ExitCode, GoldfinchError


class Urgency(StrEnum):
    FINISH_IN_FLIGHT = "finish what is in flight"
    AT_ONCE = "cancel what is in flight"


@dataclass(frozen=True, slots=True)
class StopReason:
    """`why` completes the sentence "incomplete: …"; `error` is set where a person must do something."""

    why: str
    urgency: Urgency
    exit_code: ExitCode
    error: GoldfinchError | None = None


class StopSignal:
    """Asked by every worker before it takes a case. The first reason is kept; a later one can only make it more urgent."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self._urgent = asyncio.Event()
        self._at_once: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        return self.reason is not None

    def request(self, reason: StopReason) -> None:
        if self.reason is None:
            self.reason = reason
            for tell in self._at_once:
                tell()
        if reason.urgency is Urgency.AT_ONCE:
            self._urgent.set()

    def interrupt(self) -> None:
        """Ctrl-C: once to finish what is in flight, twice to leave it."""
        urgency = Urgency.AT_ONCE if self.requested else Urgency.FINISH_IN_FLIGHT
        self.request(StopReason("interrupted", urgency, ExitCode.INCONCLUSIVE))

    def finish(self, error: GoldfinchError) -> None:
        """Something that a person must mend, but calls in flight are worth their money."""
        self.request(StopReason(str(error), Urgency.FINISH_IN_FLIGHT, error.exit_code, error))

    def fail(self, error: GoldfinchError) -> None:
        self.request(StopReason(str(error), Urgency.AT_ONCE, error.exit_code, error))

    def tell(self, listener: Callable[[], None]) -> None:
        """Call `listener` in the same moment in which anything says stop: not one call may start after that."""
        if self.requested:
            listener()
        else:
            self._at_once.append(listener)

    async def wait_urgent(self) -> None:
        await self._urgent.wait()
