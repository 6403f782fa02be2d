"""How many calls may be in flight: additive increase, multiplicative decrease."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ConcurrencyLimit:
    """Grows by one call per `limit` successes, halves when the provider says that it is too much.

    Answers to calls that were already in flight at a cut do not cut again: one overload is one signal.
    Source: Chiu & Jain, Analysis of the increase and decrease algorithms for congestion avoidance, 1989.
    """

    ceiling: int
    """What the user allows."""
    limit: float = field(init=False)
    allowed: int = field(init=False)
    """Calls that may be in flight now: `limit` without its fraction."""
    generation: int = field(init=False, default=0)
    """Handed to a call at its start and back with its outcome."""

    def __post_init__(self) -> None:
        self._set(float(self.ceiling))

    def succeeded(self) -> None:
        if self.limit < self.ceiling:
            self._set(min(float(self.ceiling), self.limit + 1.0 / self.limit))

    def overloaded(self, generation: int) -> None:
        """A call that started in `generation` was refused for load."""
        if generation == self.generation:
            self.generation += 1
            self._set(max(1.0, self.limit / 2))

    def _set(self, limit: float) -> None:
        self.limit, self.allowed = limit, int(limit)
