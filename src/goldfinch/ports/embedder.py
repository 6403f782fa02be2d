"""What a scorer needs of a model that turns texts into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """Texts of like meaning get vectors of like direction."""

    @property
    def name(self) -> str:
        """Model and weights. Part of the version of every score that rests on it: equal names give equal vectors."""
        ...

    def embed(self, text: str) -> Sequence[float]:
        """A vector of length 1, for any text: empty, hostile, or longer than the model reads (then for its beginning).

        Deterministic, and always of the same dimension. Called from several threads at once; does not wait for a network.
        """
        ...
