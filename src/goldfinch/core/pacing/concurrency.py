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
    _generation: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.limit = float(self.ceiling)

    @property
    def allowed(self) -> int:
        return int(self.limit)

    @property
    def generation(self) -> int:
        """Handed to a call at its start and back with its outcome."""
        return self._generation

    def succeeded(self) -> None:
        if self.limit < self.ceiling:
            self.limit = min(float(self.ceiling), self.limit + 1.0 / self.limit)

    def overloaded(self, generation: int) -> None:
        """A call that started in `generation` was refused for load."""
        if generation == self._generation:
            self._generation += 1
            self.limit = max(1.0, self.limit / 2)
