"""What one rollout acts on and is measured by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldfinch.core.rollout.record import Rollout
from goldfinch.ports.deployer import Deployer
from goldfinch.ports.evidence_source import EvidenceSource
from goldfinch.ports.notifier import Notifier
from goldfinch.ports.traffic_router import TrafficRouter


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world of one rollout."""

    router: TrafficRouter
    deployer: Deployer
    evidence: EvidenceSource
    notifier: Notifier


SurroundingsOf = Callable[[Rollout], Surroundings]
"""The same surroundings for the same rollout: a source may keep its sessions in memory."""
