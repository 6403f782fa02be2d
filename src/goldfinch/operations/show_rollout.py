"""Read everything that a person is shown of a rollout. Reading changes nothing, and needs no lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from goldfinch.core.releases.diff import Difference, differences
from goldfinch.core.releases.failures import UnknownRelease
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.showing import LiveFacts, overview
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore


def _nobody_knows(rollout: Rollout) -> LiveFacts:  # noqa: ARG001 - the signature of what would know
    return LiveFacts()


@dataclass(frozen=True, slots=True)
class ShowTools:
    """Where to read. `live` says what only a process beside the data plane can know; it never raises and never waits."""

    store: RolloutStore
    ledger: ReleaseLedger
    clock: Clock
    live: Callable[[Rollout], LiveFacts] = field(default=_nobody_knows)


def overview_of(rollout_id: str, tools: ShowTools) -> RolloutOverview:
    """As it stands now. Raises `UnknownRollout`, `StoreUnavailable`."""
    rollout = tools.store.get(rollout_id)
    decisions = tools.store.decisions(rollout_id)
    return overview(
        rollout,
        tools.clock.utc(),
        decisions=decisions,
        differences=_differences(rollout, tools.ledger),
        approvals=tools.store.approvals(rollout.canary, rollout.environment),
        live=tools.live(rollout),
    )


def _differences(rollout: Rollout, ledger: ReleaseLedger) -> tuple[Difference, ...]:
    """None where there is no stable release, or one of the two is not in the ledger any more."""
    if rollout.stable is None:
        return ()
    try:
        return differences(ledger.find(rollout.stable), ledger.find(rollout.canary))
    except UnknownRelease:
        return ()
