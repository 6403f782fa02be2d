"""How often the controller looks, and how long it waits for anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, but for the lease, which outlasts anything that is waited for: it is renewed before, and never ends meanwhile."""

    look_s: float = 2.0
    """Between two passes over a rollout that waits for nothing earlier: also how long a person's request may lie."""
    search_s: float = 5.0
    """Between two looks for rollouts that this controller does not drive yet."""
    lease: timedelta = timedelta(seconds=30)
    view_s: float = 5.0
    """For the router and the deployer to say what is."""
    read_s: float = 15.0
    """For the source of measurements."""
    act_s: float = 10.0
    """For one command."""
    tell_s: float = 10.0
    retry_s: float = 1.0
    """Before the second try of a command that failed; doubled with each further one."""
    retry_at_most_s: float = 60.0
    shift_retry_at_most_s: float = 5.0
    """The same for the weight: a rollback that the router refuses does not wait for a minute."""
    store_retry_at_most_s: float = 30.0

    def __post_init__(self) -> None:
        longest_s = max(self.read_s, self.view_s) + self.act_s
        if self.lease.total_seconds() <= longest_s:
            raise ValueError(f"the lease must outlast a reading and a command, {longest_s:g} s")

    def command_retry_s(self, failed: int, *, shifting: bool) -> float:
        """Seconds until a command that failed `failed` times is tried again."""
        return _doubled(self.retry_s, failed, self.shift_retry_at_most_s if shifting else self.retry_at_most_s)

    def store_retry_s(self, failed: int) -> float:
        """Seconds until a store that did not answer `failed` times is asked again."""
        return _doubled(self.retry_s, failed, self.store_retry_at_most_s)


def _doubled(first_s: float, failed: int, at_most_s: float) -> float:
    return min(at_most_s, first_s * 2.0 ** min(max(0, failed - 1), 30))
