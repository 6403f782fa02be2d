"""What smoke tests and probe sessions ask of the service that they try."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, Output


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: the answer, or how it failed (`output.failure`), and the release that it says it came from."""

    output: Output
    release: str | None = None


class ProbeTarget(Protocol):
    """A service, or one arm of it. Opened before the first request and closed after the last; serves many at once."""

    async def healthy(self, path: str) -> Failure | None:
        """Ask `path` once; None where it answers 2xx. Raises `GoldfinchError` where no request can work (a refused address)."""
        ...

    async def say(self, turn: Case, *, session: str) -> Said:
        """Say `turn.input` once in `session`, without retrying. Raises `GoldfinchError` as `healthy` does."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
