"""Money: reserved before a call, settled after it (REQUIREMENTS T20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

_ROUNDING_USD = 1e-9
"""Sums of many prices are off by less than this."""


class Reservation(StrEnum):
    GRANTED = "granted"
    WAIT = "wait"
    """Calls in flight hold the rest: ask again when one has settled."""
    REFUSED = "refused"
    """Spent: nothing in flight can free enough."""


@dataclass(slots=True)
class BudgetLedger:
    """What a run has spent, in US dollars, and what calls in flight may still spend.

    A call reserves its worst case where that is known, else the dearest call seen so far. Until one price is known a single call goes
    alone, and then at most twice as many at once as there are known prices: one cheap answer says little about the next fifty. With equal
    prices the limit is therefore never passed; calls dearer than all before them can pass it by their own excess.
    """

    limit_usd: float | None = None
    earlier_usd: float = 0.0
    """What earlier sessions of the same run spent: held against the limit."""
    spent_usd: float = field(init=False, default=0.0)
    """Known costs of this session."""
    assumed_usd: float = field(init=False, default=0.0)
    """Reservations of calls that ended without a known cost: held against the limit, in no report."""
    settled: int = field(init=False, default=0)
    unknown: int = field(init=False, default=0)
    _reserved_usd: float = field(init=False, default=0.0)
    _in_flight: int = field(init=False, default=0)
    _dearest_usd: float | None = field(init=False, default=None)

    def estimate_usd(self, worst_case_usd: float | None) -> float | None:
        """What one call may cost; None before anything is known."""
        return worst_case_usd if worst_case_usd is not None else self._dearest_usd

    def reserve(self, worst_case_usd: float | None) -> tuple[Reservation, float]:
        """Ask for one call; the amount is to be given back to `settle`."""
        if self.limit_usd is None:
            return Reservation.GRANTED, 0.0
        left = self.limit_usd - self.earlier_usd - self.spent_usd - self.assumed_usd
        if left <= _ROUNDING_USD:
            return Reservation.REFUSED, 0.0
        amount = self.estimate_usd(worst_case_usd)
        if amount is None:
            if self._in_flight:
                return Reservation.WAIT, 0.0
            amount = left
        elif worst_case_usd is None and self._in_flight >= 2 * (self.settled - self.unknown):
            return Reservation.WAIT, 0.0
        if amount > left - self._reserved_usd + _ROUNDING_USD:
            return (Reservation.WAIT if self._in_flight else Reservation.REFUSED), 0.0
        self._reserved_usd += amount
        self._in_flight += 1
        return Reservation.GRANTED, amount

    def settle(self, reserved_usd: float, cost_usd: float | None) -> None:
        """A call ended; `cost_usd` None is an unknown cost."""
        self.settled += 1
        if self.limit_usd is not None:
            self._reserved_usd -= reserved_usd
            self._in_flight -= 1
        if cost_usd is None:
            self.unknown += 1
            if self._dearest_usd is not None:
                self.assumed_usd += min(reserved_usd, self._dearest_usd)
            return
        self.spent_usd += cost_usd
        if self._dearest_usd is None or cost_usd > self._dearest_usd:
            self._dearest_usd = cost_usd

    def release(self, reserved_usd: float) -> None:
        """A reserved call was not made."""
        if self.limit_usd is not None:
            self._reserved_usd -= reserved_usd
            self._in_flight -= 1

    def projected_usd(self, planned: int, least: int = 10) -> float | None:
        """What `planned` calls would cost at the mean seen so far; None before `least` known costs (or all of a smaller run)."""
        known = self.settled - self.unknown
        if known < min(least, planned) or known == 0:
            return None
        return self.spent_usd / known * planned
