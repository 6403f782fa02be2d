"""Which sessions are scored: a property of the session and the rollout, so that every process and every restart chooses the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from goldfinch.core.health.metrics import Arm
from goldfinch.core.ingest.target import LiveTarget


def share_of(session: str, rollout_id: str) -> float:
    """Where a session stands between 0 and 1, the same everywhere and independent between rollouts."""
    digest = blake2b(session.encode("utf-8", "surrogatepass"), key=rollout_id.encode("utf-8", "surrogatepass")[:64], digest_size=8)
    return int.from_bytes(digest.digest(), "big") / 2.0**64


def is_sampled(target: LiveTarget, arm: Arm, session: str) -> bool:
    """Whether the answers of a session may be scored: every session of the canary, `target.sample` of the stable release's."""
    return arm is Arm.CANARY or share_of(session, target.rollout_id) < target.sample


@dataclass(slots=True)
class MinuteQuota:
    """At most `limit` answers a minute. Half of it is kept for either arm while that arm uses it: a busy canary must not leave the
    comparison without the other side."""

    limit: int
    _minute: int = field(init=False, default=-1)
    _used: dict[Arm, int] = field(init=False, default_factory=dict)
    _before: dict[Arm, int] = field(init=False, default_factory=dict)

    def take(self, arm: Arm, now_s: float) -> bool:
        """Use one of the present minute; False where there is none left for this arm."""
        self._turn_to(int(now_s // 60))
        other = Arm.STABLE if arm is Arm.CANARY else Arm.CANARY
        kept = max(self._used.get(other, 0), min(self.limit // 2, self._before.get(other, 0)))
        if self._used.get(arm, 0) + kept >= self.limit:
            return False
        self._used[arm] = self._used.get(arm, 0) + 1
        return True

    def _turn_to(self, minute: int) -> None:
        if minute != self._minute:
            self._before = self._used if minute == self._minute + 1 else {}
            self._used, self._minute = {}, minute
