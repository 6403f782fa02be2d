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
    if _points_at_nothing(asked):
        return 0.9
    if _acknowledges(asked):
        return 0.83
    if asked.has("thanks") and len(asked.words) <= 6 and not asked.metrics:
        return 0.5
    nothing_named = not (asked.metrics or asked.named.mentions or asked.periods or asked.dimension)
    return 0.46 if asked.has("refer") and asked.earlier is None and nothing_named and len(asked.words) < 8 else 0.01


def _points_at_nothing(asked: Understanding) -> bool:
    """Whether it is about "this campaign" or "the two", and nothing was spoken of before."""
    named = asked.named.mentions or asked.metric_words or asked.quoted or asked.amounts
    before = asked.earlier is not None and bool(
        asked.earlier.campaigns or asked.earlier.channels or asked.earlier.audiences or asked.earlier.pair
    )
    judged = asked.any("best", "worst", "pause", "recommend", "change", "compare", "health", "broken", "why", "reallocate")
    words = {token.text for token in asked.words}
    pronoun = bool({"it", "them", "they", "its"} & words) and not (
        asked.periods or asked.dimension or asked.any("summary", "copy", "quality", "schema")
    )
    pronoun = pronoun or ("without" in words and "it" in words)
    return ((asked.has("vague") and judged) or pronoun) and not named and not before and not _protected(asked)


def _acknowledges(asked: Understanding) -> bool:
    """`Okay, noted.`: it asks nothing, though a conversation lends it a topic."""
    own = (
        asked.metric_words
        or asked.named.mentions
        or asked.amounts
        or asked.quoted
        or any(one.at or one.stop for one in asked.periods)
        or asked.stated
    )
    return asked.any("noted", "thanks") and asked.earlier is not None and not own and not asked.is_question and len(asked.words) <= 6


def _protected(asked: Understanding) -> bool:
    """What has to be refused or noted whatever it points at."""
    return (
        asked.any("personal", "prompt", "takeover", "overspend", "remember", "recall", "thanks", "leads")
        or asked.contact
        or bool(asked.stated)
    )


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    if asked.named.unknown:
        names = ", ".join(name_of(one.name) for one in asked.overview.campaigns[:8])
        called = name_of(asked.named.unknown)
        draft.say(f"I cannot answer that: there is no campaign {called} in the data. Which campaign do you mean: {names}?")
    elif asked.named.unclear:
        names = " or ".join(map(name_of, asked.named.unclear[:4]))
        draft.say(f"Which campaign do you mean: {names}?")
    elif _points_at_nothing(asked):
        draft.say(f"Which campaign do you mean: {', '.join(name_of(one.name) for one in asked.overview.campaigns[:8])}?")
    elif _acknowledges(asked):
        draft.say("You are welcome. What else would you like to know about the campaigns of this account?")
    elif asked.has("thanks"):
        draft.say("Hello, and thank you. What would you like to know about the campaigns of this account?")
    else:
        draft.say(
            "What would you like to know, and about which campaign, channel or metric? I cannot tell from the question alone, can you name one?"
        )
