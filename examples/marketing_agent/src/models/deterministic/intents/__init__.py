"""The intents, most protective first: where two match as surely, the first wins. A new one is a module here and a line in `INTENTS`."""

from __future__ import annotations

from src.models.deterministic.intents import (
    anomalies,
    budget_check,
    comparison,
    copy_check,
    data_quality,
    diagnosis,
    difference,
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
    budget_check,
    reallocation,
    remembering,
    outside,
    data_quality,
    diagnosis,
    difference,
    anomalies,
    comparison,
    targets,
    ranking,
    schema,
    free_data,
    kpi,
    unclear,
)


_SURE = 0.1
_PROTECTED = 0.9
"""From here on an intent refuses, notes or asks back: no correction of a question sets it aside."""


def intent_of(asked: Understanding) -> Intent:
    """The intent that matches best. What says nothing of its own, such as "and for that one?", is of the last turn's kind, and so is a
    correction."""
    scores = [(intent.matches(asked), intent) for intent in INTENTS]
    score, best = max(scores, key=lambda scored: scored[0])
    if asked.has("corrects") and asked.follows_up and asked.earlier and not asked.metric_words and score < _PROTECTED:
        return next((intent for intent in INTENTS if asked.earlier and intent.NAME == asked.earlier.intent), best)
    if score < _SURE and asked.follows_up and asked.earlier:
        return next((intent for intent in INTENTS if asked.earlier and intent.NAME == asked.earlier.intent), best)
    return best
