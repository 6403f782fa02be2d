"""What a person asks about rollouts: the local store and a server answer alike."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.rollout.asked import StartAsked
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Decision, Rollout


class RolloutDesk(Protocol):
    """Where rollouts are asked for and asked about. Everything that is refused is a `GoldfinchError` with its line."""

    def start(self, asked: StartAsked) -> Rollout:
        """The rollout, Pending, or the first words of why there is none."""
        ...

    def named(self, rollout: str | None, environment: str) -> str:
        """The id of the rollout that is meant: its own, else the one under way in this environment, else the latest there.

        Raises `NothingToShow` (E3613).
        """
        ...

    def overview(self, rollout_id: str) -> RolloutOverview:
        """Raises `UnknownRollout`."""
        ...

    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        """All of them with their figures, oldest first. Raises `UnknownRollout`."""
        ...

    def ask(self, rollout_id: str, verb: Verb, *, by: str, reason: str) -> Rollout:
        """Keep a person's request for the controller's next pass; the rollout as it stands. Raises `RequestRefused`."""
        ...

    def start_again(self, rollout_id: str, *, by: str, reason: str, force: bool) -> Rollout:
        """A new rollout of the same release by the same plan. `force` overrides the denial of the release, with `reason`."""
        ...

    def close(self) -> None: ...
