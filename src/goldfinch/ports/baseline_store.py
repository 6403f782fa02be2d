"""What operations ask of the place where a branch's baseline is kept."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.baselines.promotion import Promotion
from goldfinch.ports.run_journal import RunReader


class BaselineStore(Protocol):
    """The baseline of one branch."""

    @property
    def location(self) -> str:
        """Where it is, for messages."""
        ...

    def promotion(self) -> Promotion | None:
        """What was promoted last; None where nothing was. Raises `RunDirectoryError` where it cannot be read, or is somebody else's."""
        ...

    def replace(self, run: RunReader, promotion: Promotion) -> None:
        """Put the files of `run` in place of what is there: all of them, or nothing changes.

        `promotion.previous_run_id` is filled in by the store, which knows it for certain. Raises `InfrastructureError` (E2407) and
        `RunDirectoryError` (E2405, E2414).
        """
        ...
