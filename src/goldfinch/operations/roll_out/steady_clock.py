"""Time that nobody can set: what a rollout goes by, whatever happens to the clock of the machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from goldfinch.ports.clock import Clock

JUMP = timedelta(seconds=5)
"""A wall clock that is further away than this was set; anything less is the grain of reading two clocks one after the other."""


class SteadyClock:
    """Wall time, read once and carried on by the monotonic clock (C29).

    Both clocks of a machine are disciplined by NTP at the same rate, so they part only where somebody sets the wall clock, or where the
    machine slept. This clock goes on as if nothing had happened: a bake that has ten minutes left keeps them.
    """

    def __init__(self, clock: Clock, not_before: datetime | None = None) -> None:
        self._clock = clock
        self._began_s = clock.monotonic_s()
        wall = clock.utc()
        self._began = wall if not_before is None else max(wall, not_before)
        self._ahead = self._difference = self._began - wall

    @property
    def ahead(self) -> timedelta:
        """How far it began ahead of the wall clock, which stood before `not_before`."""
        return self._ahead

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._clock.monotonic_s() - self._began_s)

    def jump(self) -> timedelta | None:
        """By how much the wall clock was set since the last call, ahead (more than 0) or back; None where it was not."""
        difference = self.now() - self._clock.utc()
        moved = self._difference - difference
        if abs(moved) <= JUMP:
            return None
        self._difference = difference
        return moved
