"""What scoring may cost an hour: a window that moves, over a ledger that only adds up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from goldfinch.core.pacing.budget import BudgetLedger

HOUR_S: Final = 3600.0

Spent = tuple[float, float]
"""When (seconds since 1970, UTC) and how much (US dollars)."""


@dataclass(slots=True)
class HourlyCap:
    """At most `usd` within any hour. The ledger's own limit is raised by what lies longer back than that."""

    usd: float
    ledger: BudgetLedger = field(init=False)
    _recent: deque[Spent] = field(init=False, default_factory=deque)
    _seen_usd: float = field(init=False, default=0.0)
    _expired_usd: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.ledger = BudgetLedger(self.usd)

    def remember(self, earlier: Iterable[Spent], now_s: float) -> None:
        """What an earlier process spent within the last hour counts."""
        kept = [(at_s, usd) for at_s, usd in earlier if now_s - HOUR_S < at_s <= now_s and usd > 0]
        self._recent.extendleft(reversed(kept))
        self.ledger.earlier_usd += sum(usd for _, usd in kept)

    def move_to(self, now_s: float) -> bool:
        """Note what was spent since the last time, and let go of what lies an hour back. Whether anything was spent."""
        total = self.ledger.spent_usd + self.ledger.assumed_usd
        spent = total - self._seen_usd
        if spent > 0:
            self._recent.append((now_s, spent))
            self._seen_usd = total
        while self._recent and self._recent[0][0] <= now_s - HOUR_S:
            self._expired_usd += self._recent.popleft()[1]
        self.ledger.limit_usd = self.usd + self._expired_usd
        return spent > 0

    @property
    def recent(self) -> tuple[Spent, ...]:
        """To be kept for whoever comes after."""
        return tuple(self._recent)
