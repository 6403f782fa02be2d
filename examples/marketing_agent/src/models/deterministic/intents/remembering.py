"""What the user wants remembered, and what they said before."""

from __future__ import annotations

from typing import Any

from src.models.deterministic.drafting import Call, Draft, Seen, listed, name_of, shown_number
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.overview import number
from src.models.deterministic.stating import CAP
from src.models.deterministic.understanding import Understanding

NAME = "remembering"


def matches(asked: Understanding) -> float:
    if asked.stated and not asked.is_question:
        return 0.95
    if asked.has("recall"):
        return 0.87
    return 0.94 if asked.has("remember") and not asked.is_question and not asked.has("reallocate") else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    if asked.stated:
        draft.say(f"Noted, I will remember that {listed(_spoken(key, value, draft) for key, value in asked.stated.items() if value)}")
        draft.say("I will use it in this conversation from now on")
    elif asked.has("recall"):
        _recall(asked, seen[0], draft)
    else:
        draft.say("Noted. What exactly shall I remember, such as a target, a metric or a campaign that must not be touched?")


def _recall(asked: Understanding, overview: Seen, draft: Draft) -> None:
    """Facts that the question is about, else all; else the account's targets, named as such; else the last questions."""
    facts = {key: value for key, value in asked.facts.items() if value and _is_about(asked, key)} or (
        {} if _named(asked) or asked.has("target") else {key: value for key, value in asked.facts.items() if value}
    )
    if facts:
        draft.say(f"You said that {listed(_spoken(key, value, draft, remembered=True) for key, value in facts.items())}")
        return
    if _named(asked) or asked.has("target"):
        wanted = [name for name in (_named(asked) or tuple(METRICS)) if name in asked.overview.targets]
        if wanted:
            told = listed(
                f"target {METRICS[name].label} {draft.number(overview, f'target {name}', METRICS[name].unit, 'targets', name)}"
                for name in wanted
            )
            draft.say(f"The account itself sets the {told}; in this conversation you have not told me another target")
            return
    questions = [turn.question for turn in asked.memory.turns[-2:]]
    if questions and not _named(asked):
        draft.say(f"You asked before: {listed(repr(name_of(question)[:160]) for question in questions)}")
    else:
        draft.say("I do not remember that you told me this in our conversation, and the account does not set it; what shall it be?")


def _is_about(asked: Understanding, key: str) -> bool:
    parts = set(key.lower().split("_"))
    if _named(asked):
        return bool(parts & set(_named(asked)))
    words = {token.text for token in asked.words} | {token.lemma for token in asked.words}
    return bool(parts & words) or (asked.has("target") and "target" in parts)


def _named(asked: Understanding) -> tuple[str, ...]:
    """The metrics in the question's own words; not those that a default adds."""
    return asked.metrics if asked.metric_words else ()


def _spoken(key: str, value: Any, draft: Draft, *, remembered: bool = False) -> str:
    kind, _, rest = key.partition("_")
    amount = number(value)
    if kind == "target" and rest in METRICS and amount is not None:
        unit = draft.currency if METRICS[rest].unit == "money" else METRICS[rest].unit
        shown = shown_number(amount, unit, draft.currency)
        return f"{'your' if remembered else 'our'} target {METRICS[rest].label} is {shown}"
    if key == "keep_campaigns" and isinstance(value, (list, tuple)):
        return f"{listed(map(name_of, value))} must not be touched"
    if key.startswith(CAP) and amount is not None:
        return f"{name_of(key.removeprefix(CAP))} may spend at most {shown_number(amount, draft.currency, draft.currency)} per day"
    if kind == "default":
        return f"{METRICS[str(value)].label if value in METRICS else name_of(value)} is the {rest} to go by"
    return f"{name_of(value)}" if kind == "note" else f"{key.replace('_', ' ')} is {name_of(value)}"
