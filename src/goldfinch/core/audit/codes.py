"""The error codes of the store and its audit log, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

STORE_UNAVAILABLE: Final = "E2801"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    STORE_UNAVAILABLE: (
        "The store of rollouts and releases does not answer, or its disk is full. Nothing was half-written.",
        "Bring it back; what was under way goes on from where it stood.",
    ),
}
