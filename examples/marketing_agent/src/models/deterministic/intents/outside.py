"""What the data cannot answer, said plainly, with what they do hold."""

from __future__ import annotations

from src.models.deterministic.asking import spoken_scope
from src.models.deterministic.drafting import Call, Draft, Seen, name_of
from src.models.deterministic.understanding import Understanding

NAME = "outside"


def matches(asked: Understanding) -> float:
    if asked.unknown_metric and not asked.any("personal", "copy", "reallocate"):
        return 0.92
    return 0.83 if asked.has("outside") and not asked.any("personal") else 0.05


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    overview = asked.overview
    measure = f"give the {name_of(asked.unknown_metric)}{spoken_scope(asked)}: it is not in" if asked.unknown_metric else "answer that from"
    draft.say(f"I cannot {measure} this data")
    if overview.whole_told:
        draft.say(
            f"The account covers {overview.whole_told} by campaign, channel, audience and creative: impressions, clicks, conversions, spend, "
            "revenue and shop orders; what lies outside of that, and what is still to come, is missing"
        )
    else:
        draft.say("It holds no table that speaks of it")
