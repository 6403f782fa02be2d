"""What deciding with further trials asks of the two versions that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from goldfinch.core.comparison.further_trials import WantedTrials
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.results.manifest import Manifest
from goldfinch.ports.run_results import RunResults


@dataclass(frozen=True, slots=True)
class FurtherRun:
    """A run of further trials. `spent_usd` is all that it ever cost, earlier sessions included; `error` is why it is not whole."""

    results: RunResults
    spent_usd: float
    error: GoldfinchError | None = None


class AskAgain(Protocol):
    """One of the two versions, ready to be asked again. Every (side, look) has a place of its own, in which an interrupted run goes on."""

    def ask(self, like: Manifest, wanted: WantedTrials, look: int, budget_usd: float) -> FurtherRun:
        """Ask `wanted`, on the terms of the run `like`; whatever was asked in this place before is not asked again.

        `budget_usd` bounds what this place may cost in all sessions together. Raises `GoldfinchError` where nothing can be asked: another
        agent, other scorers (E2410), no such configuration.
        """
        ...
