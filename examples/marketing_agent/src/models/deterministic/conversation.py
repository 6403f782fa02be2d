"""What a conversation adds to a message: what "it" and "the month before" mean, and what is to be remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src.domain import Recollection
from src.models.deterministic.overview import number
from src.models.deterministic.periods import Period

_QUESTION = re.compile(
    r"^\s*(?:and\s+|so\s+|ok(?:ay)?,?\s+|now,?\s+|please\s+)?(?:which|what|who|how|why|when|where|is|are|was|were|did|does|do|can|could|should|has|have|will|compare|show|"
    r"list|give|tell)\b",
    re.IGNORECASE,
)
_REMEMBERED = re.compile(
    r"\b(?:remember(?: that)?|note that|keep in mind(?: that)?|bear in mind(?: that)?|for the record|from now on|from here on|going forward|"
    r"for future reference|take note(?: that)?|make a note(?: that)?|fyi|note down(?: that)?|henceforth|don't forget(?: that)?)\b[:,]?\s*(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT = re.compile(
    r"\b(?:from now on|from here on|going forward|always|by default|henceforth|in future|for all further|for the rest)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the last turn was understood as."""

    intent: str = ""
    metrics: tuple[str, ...] = ()
    dimension: str | None = None
    campaigns: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    creatives: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    pair: tuple[str, ...] = ()
    """A kind and two names of it whose difference was spoken of."""

    @classmethod
    def of_notes(cls, notes: Mapping[str, Any]) -> Earlier:
        """Notes of any release: what is of another shape is left out."""
        focus = notes.get("focus")
        focus = focus if isinstance(focus, Mapping) else {}
        periods = notes.get("periods")
        return cls(
            intent=str(notes.get("intent") or ""),
            metrics=_texts(notes.get("metrics")),
            dimension=str(notes["dimension"]) if notes.get("dimension") else None,
            campaigns=_texts(focus.get("campaigns") or notes.get("campaigns")),
            channels=_texts(focus.get("channels") or notes.get("channels")),
            audiences=_texts(focus.get("audiences") or notes.get("audiences")),
            creatives=_texts(focus.get("creatives") or notes.get("creatives")),
            periods=tuple(period for note in (periods if isinstance(periods, (list, tuple)) else ()) if (period := Period.of_note(note))),
            pair=_texts(notes.get("pair")),
        )


def earlier_turn(memory: Recollection) -> Earlier | None:
    """The last turn that was about data; a refusal or a thank-you in between does not hide it."""
    for turn in reversed(memory.turns):
        if turn.understood.get("intent"):
            return Earlier.of_notes(turn.understood)
    return None


def last_two(memory: Recollection) -> tuple[str, str, str] | None:
    """A kind and the two names of it that the last two figures were about; None where they were about something else."""
    turns = [Earlier.of_notes(turn.understood) for turn in memory.turns if turn.understood.get("intent") == "kpi"][-2:]
    if len(turns) < 2 or turns[0].metrics[:1] != turns[1].metrics[:1]:
        return None
    for kind in ("campaign", "channel", "audience", "creative"):
        a, b = (getattr(turn, f"{kind}s") for turn in turns)
        if len(a) == len(b) == 1 and a != b:
            return kind, a[0], b[0]
    return None


def known_facts(memory: Recollection) -> dict[str, Any]:
    """Facts by key; the last word wins."""
    return {fact.key: fact.value for fact in memory.facts}


def is_question(text: str) -> bool:
    return "?" in text or bool(_QUESTION.match(text))


def remembered_text(text: str) -> str | None:
    """What follows "remember that": what is to be kept in the user's own words."""
    found = _REMEMBERED.search(text)
    return " ".join(found["what"].split())[:300].rstrip(" .") if found else None


def is_standing(text: str) -> bool:
    """Whether it shall hold from now on, not for this message alone."""
    return bool(_DEFAULT.search(text))


def target_of(facts: Mapping[str, Any], targets: Mapping[str, float], metric: str) -> tuple[float | None, bool]:
    """The target of a metric, and whether the user said it (else the account does)."""
    said = number(facts.get(f"target_{metric}"))
    return (said, True) if said is not None else (targets.get(metric), False)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()
