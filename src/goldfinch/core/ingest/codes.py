"""The error codes of this area (Received telemetry), each with its meaning and its remedy."""

from __future__ import annotations

from typing import Final

NEEDS_EXPECTED: Final = "E3401"

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    NEEDS_EXPECTED: (
        "A scorer under `live.scorers` needs what live traffic does not have: an expected answer, a trajectory, a budget of the case.",
        "Take reference-free scorers: relevance, coherence, grounding, safety, or a judge's relevance, coherence or safety.",
    ),
}
