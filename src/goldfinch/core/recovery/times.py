"""How long a rollback took, against what P4 asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

TRAFFIC_WITHIN_S: Final = 60.0
"""P4: from the decision to 100 % of the traffic on the release that was asked for."""
COMPLETE_WITHIN_S: Final = 600.0
"""P4: until nothing is left of the one that goes."""


@dataclass(frozen=True, slots=True)
class RollbackTimes:
    """Seconds since the decision; None: it did not happen, or nobody saw it."""

    verified_s: float | None = None
    """The router was seen to serve the wanted release alone."""
    proved_s: float | None = None
    """A live request was answered by it."""
    complete_s: float | None = None
    """The other release is stopped."""

    def misses(self) -> tuple[str, ...]:
        """What is later than P4 asks, or never came, each in words."""
        return (
            *_miss("traffic", self.proved_s, TRAFFIC_WITHIN_S),
            *_miss("completion", self.complete_s, COMPLETE_WITHIN_S),
        )

    def in_words(self) -> str:
        parts = (("verified", self.verified_s), ("proved by live requests", self.proved_s), ("complete", self.complete_s))
        return ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in parts if seconds is not None) or "nothing was measured"

    def as_json(self) -> dict[str, Any]:
        return {
            "verified_s": self.verified_s,
            "proved_s": self.proved_s,
            "complete_s": self.complete_s,
            "targets": {"traffic_s": TRAFFIC_WITHIN_S, "complete_s": COMPLETE_WITHIN_S},
            "misses": list(self.misses()),
        }


def _miss(what: str, seconds: float | None, within_s: float) -> tuple[str, ...]:
    if seconds is None:
        return (f"{what}: not measured",)
    return (f"{what}: {seconds:.1f} s, and P4 asks for {within_s:.0f} s",) if seconds > within_s else ()
