"""Which rollout is probed, and what one probe session says about its arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from goldfinch.core.health.metrics import Arm
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, TERMINAL, Phase

SESSION_PREFIX: Final = "probe-"
"""Of the session ids of probes."""
_GOING_BACK = frozenset({Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED})


@dataclass(frozen=True, slots=True)
class ProbedRollout:
    """The rollout that probes are sent for, with the release of each arm that has traffic."""

    rollout_id: str
    releases: Mapping[Arm, str]


def probed(rollout: Rollout | None) -> ProbedRollout | None:
    """None where there is nobody to probe: no rollout, no verified weight on the canary, or it is on its way back.

    At 100 % the canary alone is probed: the stable release has no traffic that it could be compared with.
    """
    if rollout is None or rollout.state.phase in BEFORE_TRAFFIC | TERMINAL | _GOING_BACK or not rollout.state.verified_weight_percent:
        return None
    releases = {Arm.CANARY: rollout.canary}
    if rollout.stable is not None and rollout.state.verified_weight_percent < 100:
        releases[Arm.STABLE] = rollout.stable
    return ProbedRollout(rollout.id, releases)


def probe_value(passed: bool | None) -> float | None:
    """1: the session passed; 0: it failed, or the agent gave no answer; None: the way to the agent failed, or a scorer could not judge."""
    return None if passed is None else float(passed)
