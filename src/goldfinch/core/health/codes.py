"""The error codes of health and replay, each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

METRICS_UNAVAILABLE: Final = "E3001"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    METRICS_UNAVAILABLE: (
        "The source of measurements does not answer. Nothing is promoted meanwhile.",
        "Bring it back; the line says since when it is silent.",
    ),
}
