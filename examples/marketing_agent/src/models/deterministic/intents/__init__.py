"""The intents, most protective first: where two match as surely, the first wins. A new one is a module here and a line in `INTENTS`."""

from __future__ import annotations

from src.models.deterministic.intents import (
    anomalies,
    comparison,
    copy_check,
    data_quality,
    diagnosis,
    free_data,
    kpi,
    outside,
    personal_data,
    ranking,
    reallocation,
    refusal,
    remembering,
    schema,
    targets,
    unclear,
)
from src.models.deterministic.intents.intent import Intent
from src.models.deterministic.understanding import Understanding

INTENTS: tuple[Intent, ...] = (
    refusal,
    personal_data,
    copy_check,
    reallocation,
    remembering,
    outside,
    data_quality,
    diagnosis,
    anomalies,
    comparison,
    targets,
    ranking,
    schema,
    free_data,
    kpi,
    unclear,
)


def intent_of(asked: Understanding) -> Intent:
    """The intent that matches best."""
    return max(INTENTS, key=lambda intent: intent.matches(asked))
