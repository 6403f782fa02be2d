"""A figure held against its target: the user's where there is one, else the account's."""

from __future__ import annotations

from typing import Any

from src.models.deterministic.conversation import target_of
from src.models.deterministic.drafting import Draft, Seen, shown_number
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.understanding import Understanding


def target(asked: Understanding, metric: str) -> float | None:
    return target_of(asked.facts, asked.overview.targets, metric)[0]


def spoken_target(asked: Understanding, overview: Seen, metric: str, draft: Draft) -> str:
    """`the target CPA of 20.50 EUR`, claimed from the account or from memory; what this message says itself needs no source."""
    value, said = target_of(asked.facts, asked.overview.targets, metric)
    if value is None:
        return ""
    kind = METRICS[metric]
    key = f"target_{metric}"
    if said:
        if key in {fact.key for fact in asked.memory.facts} and key not in asked.stated:
            shown = draft.claimed(value, f"target {kind.label}", kind.unit, f"memory.facts.{key}")
        else:
            shown = shown_number(value, draft.currency if kind.unit == "money" else kind.unit, draft.currency)
        return f"your target {kind.label} of {shown}"
    return f"the target {kind.label} of {draft.number(overview, f'target {kind.label}', kind.unit, 'targets', metric)}"


def verdict(metric: str, value: float, wanted: float, goal: str) -> str:
    """Where a value stands to its target, and whether that is good: `above the target CPA of 20.50 EUR (missed)`."""
    side = "exactly on" if value == wanted else "above" if value > wanted else "below"
    return f"{side} {goal} ({'met' if meets(metric, value, wanted) else 'missed'})"


def meets(metric: str, value: float, wanted: float) -> bool:
    return value <= wanted if METRICS[metric].lower_is_better else value >= wanted


def figures(values: Any) -> tuple[float | None, float | None]:
    """The bounds of a measured ratio."""
    return (values.get("low"), values.get("high")) if isinstance(values, dict) else (None, None)
