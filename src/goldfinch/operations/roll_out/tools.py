"""What every pass of a controller works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from goldfinch.operations.roll_out.pace import Pace
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_log import RolloutLog
from goldfinch.ports.rollout_store import RolloutStore


@dataclass(frozen=True, slots=True)
class Tools:
    """The same for all rollouts of a controller."""

    store: RolloutStore
    ledger: ReleaseLedger
    clock: Clock
    log: RolloutLog
    pace: Pace = field(default_factory=Pace)
