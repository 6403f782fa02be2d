"""What is too open to answer: asks back. And a greeting."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen, name_of
from src.models.deterministic.understanding import Understanding

NAME = "unclear"


def matches(asked: Understanding) -> float:
    if not asked.text.strip() or not asked.words:
        return 0.9
    if asked.named.unknown and asked.overview.campaigns and not asked.any("personal", "prompt", "takeover", "copy", "remember"):
        return 0.91
    if asked.named.unclear and not asked.campaigns and not asked.any("personal", "prompt", "takeover") and asked.dimension != "campaign":
        return 0.84
    if asked.has("thanks") and len(asked.words) <= 6 and not asked.metrics:
        return 0.5
    nothing_named = not (asked.metrics or asked.named.mentions or asked.periods or asked.dimension)
    return 0.46 if asked.has("refer") and asked.earlier is None and nothing_named and len(asked.words) < 8 else 0.01


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    draft.may_echo = not (asked.named.unknown or asked.named.unclear or asked.has("thanks"))
    if asked.named.unknown:
        names = ", ".join(name_of(one.name) for one in asked.overview.campaigns[:8])
        draft.say(f"There is no {asked.named.unknown} campaign in this account. Which campaign do you mean: {names}?")
    elif asked.named.unclear:
        names = " or ".join(map(name_of, asked.named.unclear[:4]))
        draft.say(f"Which campaign do you mean: {names}?")
    elif asked.has("thanks"):
        draft.say("Hello, and thank you. What would you like to know about the campaigns of this account?")
    else:
        draft.say(
            "What would you like to know, and about which campaign, channel or metric? I cannot tell from the question alone, can you name one?"
        )
