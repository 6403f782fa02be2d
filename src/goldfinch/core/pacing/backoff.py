"""How long to wait before asking again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with full jitter; the other side's Retry-After wins, with a tenth of jitter on top.

    Source: Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015; RFC 9110, 10.2.3 (Retry-After).
    """

    first_s: float = 0.5
    factor: float = 2.0
    longest_s: float = 30.0
    longest_asked_s: float = 120.0
    """A longer Retry-After is not waited for: the answer is recorded as missing instead."""

    def delay_s(self, failed_attempts: int, retry_after_s: float | None, chance: float) -> float | None:
        """Seconds to wait after `failed_attempts` (from 1); `chance` is uniform in [0, 1). None: do not wait, give up."""
        if retry_after_s is not None:
            if not retry_after_s <= self.longest_asked_s:  # nor for NaN
                return None
            return max(0.0, retry_after_s) * (1 + chance / 10)
        ceiling = min(self.longest_s, self.first_s * self.factor ** min(failed_attempts - 1, 100))
        return ceiling * (0.5 + chance / 2)
