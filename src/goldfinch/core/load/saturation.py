"""The highest rate at which a target keeps its objective: doubling, then bisection, then confirmation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

SCHEMA_VERSION = 1
KIND = "saturation"
RESOLUTION = 0.05
"""The search ends when the lowest rate that failed is within this fraction of the highest that held."""
CONFIRMATIONS = 2
"""How often the found rate must hold again. A rate that does not is taken as failed, and the search goes on below it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One trial of one rate."""

    rate_per_s: float
    holds: bool
    reason: str
    confirming: bool = False


@dataclass(frozen=True, slots=True)
class Saturation:
    """What `goldfinch bench saturate` found. `rate_per_s` None: not even the lowest rate held."""

    scenario: str
    target: str
    p95_objective_ms: float
    rate_per_s: float | None
    at_limit: bool
    """The highest rate that was to be tried held: the target may do more."""
    probes: tuple[Probe, ...]
    requests: int
    """Of each probe, at least."""
    problems: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    kind: str = KIND


@dataclass(frozen=True, slots=True)
class Search:
    """What is known so far: rates up to `held` hold (None: none yet), `failed` and above do not (None: none yet)."""

    lowest: float
    highest: float
    held: float | None = None
    failed: float | None = None
    confirmed: int = 0
    probes: tuple[Probe, ...] = ()

    @property
    def next_rate(self) -> float | None:
        """The rate to try next; None where the search is over."""
        if self.held is None:
            return self.lowest if self.failed is None else self._between(0.0, self.failed)
        if self.failed is None and self.held < self.highest:
            return min(2 * self.held, self.highest)
        if self.failed is not None and self.failed > self.held * (1 + RESOLUTION):
            return self._between(self.held, self.failed)
        return self.held if self.confirmed < CONFIRMATIONS else None

    @property
    def confirming(self) -> bool:
        return self.held is not None and self.next_rate == self.held

    @property
    def is_over(self) -> bool:
        return self.next_rate is None

    @property
    def found(self) -> float | None:
        """The highest rate that held and was confirmed; None where none was."""
        return self.held if self.held is not None and self.confirmed >= CONFIRMATIONS else None

    @property
    def at_limit(self) -> bool:
        """Whether the highest rate that was to be tried held: the target may do more."""
        return self.found is not None and self.failed is None

    def after(self, holds: bool, reason: str) -> Search:
        """The search after `next_rate` was tried."""
        rate = self.next_rate
        if rate is None:
            raise ValueError("the search is over")
        noted = replace(self, probes=(*self.probes, Probe(rate, holds, reason, self.confirming)))
        if self.confirming:
            return replace(noted, confirmed=self.confirmed + 1) if holds else noted._below(rate)
        if holds:
            return replace(noted, held=rate, confirmed=0)
        return replace(noted, failed=rate)

    def _below(self, rate: float) -> Search:
        """A rate that held once and not again: what held below it is the start of the search anew."""
        held = [probe.rate_per_s for probe in self.probes if probe.holds and probe.rate_per_s < rate]
        return replace(self, failed=rate, held=max(held, default=None), confirmed=0)

    def _between(self, low: float, high: float) -> float | None:
        """None below the lowest rate that was to be tried."""
        if low == 0.0:
            return None if high <= self.lowest else self.lowest
        return sqrt(low * high)
